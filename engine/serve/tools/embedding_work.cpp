#include "serve/tools/embedding_work.h"

#include <chrono>
#include <stop_token>
#include <utility>

namespace hearth::serve {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Job {
    std::vector<std::string> texts;
    TooLong tooLong = TooLong::Fail;
    EmbeddingWork::Ready ready;
    std::stop_source stop;
    Clock::time_point start = Clock::now();
};

void embed(const Job& job, std::shared_ptr<ModelLease> lease, double loadSeconds) {
    auto embeddings = lease->embedder()->embed(job.texts, job.tooLong, job.stop.get_token());
    if (!embeddings) {
        job.ready(fail(std::move(embeddings).error()));
        return;
    }
    job.ready(EmbeddingWork::Done{*std::move(embeddings), std::move(lease), loadSeconds,
                                  secondsSince(job.start)});
}

} // namespace

void EmbeddingWork::run(const std::shared_ptr<Exchange>& exchange, ModelPool& pool,
                        const std::string& model, std::vector<std::string> texts, TooLong tooLong,
                        Ready ready) {
    const auto job = std::make_shared<Job>();
    job->texts = std::move(texts);
    job->tooLong = tooLong;
    job->ready = std::move(ready);
    exchange->onAbort([job] { job->stop.request_stop(); });
    pool.acquire(model, ModelUse::Embed,
                 [job, weak = std::weak_ptr(m_threads)](Result<std::shared_ptr<ModelLease>> lease) {
                     if (!lease) {
                         job->ready(fail(std::move(lease).error()));
                     } else if (const auto threads = weak.lock()) {
                         const double loadSeconds = secondsSince(job->start);
                         threads->run([job, held = *std::move(lease), loadSeconds] {
                             embed(*job, held, loadSeconds);
                         });
                     } else {
                         job->ready(fail(ErrorCode::ShuttingDown));
                     }
                 });
}

} // namespace hearth::serve
