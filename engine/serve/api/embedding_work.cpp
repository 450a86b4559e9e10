#include "serve/api/embedding_work.h"

#include <chrono>
#include <cmath>
#include <numeric>
#include <stop_token>
#include <utility>

namespace hearth::serve {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Job {
    EmbeddingInputs inputs;
    TooLong tooLong = TooLong::Fail;
    EmbeddingWork::Ready ready;
    std::stop_source stop;
    Clock::time_point start = Clock::now();
};

Result<std::vector<Embedding>> vectors(const Job& job, Embedder& embedder) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&job.inputs))
        return embedder.embed(*texts, job.tooLong, job.stop.get_token());
    return embedder.embedTokens(std::get<TokenLists>(job.inputs), job.stop.get_token());
}

void embed(const Job& job, std::shared_ptr<ModelLease> lease, double loadSeconds) {
    auto embeddings = vectors(job, *lease->embedder());
    if (!embeddings) {
        job.ready(fail(std::move(embeddings).error()));
        return;
    }
    job.ready(EmbeddingWork::Done{*std::move(embeddings), std::move(lease), loadSeconds,
                                  secondsSince(job.start)});
}

} // namespace

std::vector<float> unitVector(std::vector<float> values, std::optional<std::int32_t> dimensions) {
    if (dimensions && static_cast<std::size_t>(*dimensions) < values.size())
        values.resize(static_cast<std::size_t>(*dimensions));
    double square = 0.0;
    for (const float value : values)
        square += double(value) * double(value);
    const double length = std::sqrt(square);
    if (length > 0.0)
        for (float& value : values)
            value = static_cast<float>(double(value) / length);
    return values;
}

std::int32_t tokensOf(const std::vector<Embedding>& embeddings) {
    return std::accumulate(
        embeddings.begin(), embeddings.end(), std::int32_t{0},
        [](std::int32_t sum, const Embedding& embedding) { return sum + embedding.tokens; });
}

void EmbeddingWork::run(const std::shared_ptr<Exchange>& exchange, ModelPool& pool,
                        const std::string& model, EmbeddingInputs inputs, TooLong tooLong,
                        Ready ready) {
    const auto job = std::make_shared<Job>();
    job->inputs = std::move(inputs);
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
