#include "serve/openai/beam_answer.h"

#include "sampling/beam_search.h"
#include "serve/api/completion_prompts.h"
#include "serve/api/generation.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace {

/// One request's searches. Lives on the exchange's executor; the search that runs keeps it alive.
class BeamAnswer : public std::enable_shared_from_this<BeamAnswer> {
public:
    BeamAnswer(std::shared_ptr<Exchange> exchange, CompletionBody body, Lane lane,
               const CompletionAnswer& answer)
        : m_exchange(std::move(exchange))
        , m_body(std::move(body))
        , m_answer(answer)
        , m_writer(completionWriter(m_exchange, answer)) {
        m_options.best = m_body.n;
        m_options.width = std::max(m_body.n, m_body.bestOf.value_or(m_body.n));
        m_options.maxTokens = std::max(m_body.maxTokens, 1);
        m_options.lengthPenalty = m_body.lengthPenalty;
        m_options.earlyStop = m_body.earlyStopping ? EarlyStop::WhenFull : EarlyStop::WhenProven;
        m_options.lane = lane;
    }

    void begin(Result<std::shared_ptr<ModelLease>> lease) {
        if (const Outcome<Engine*> engine = engineOf(lease, m_answer.model); !engine) {
            fail(engine.error());
            return;
        }
        m_lease = *std::move(lease);
        if (m_body.echo)
            for (const Prompt& prompt : m_body.prompts)
                m_answer.echoes->push_back(promptText(prompt, *m_lease->engine()));
        next();
    }

    void abort() {
        m_isOver = true;
        if (m_search)
            m_search->cancel(); // Its end comes to finished().
    }

private:
    void next() {
        if (m_isOver)
            return;
        if (m_done == m_body.prompts.size()) {
            m_isOver = true;
            m_note.model = m_lease->model().name;
            m_note.promptTokens = m_usage.promptTokens;
            m_note.completionTokens = m_usage.completionTokens;
            m_exchange->note(m_note);
            m_writer->ended(m_usage);
            m_lease.reset();
            return;
        }
        auto search = BeamSearch::start(*m_lease->engine(), m_body.prompts[m_done], m_options,
                                        [self = shared_from_this()](Result<BeamResult> result) {
                                            self->m_exchange->post(
                                                [self, result = std::move(result)]() mutable {
                                                    self->finished(std::move(result));
                                                });
                                        });
        if (search)
            m_search = *std::move(search);
        else
            fail(apiError(search.error(), m_answer.model));
    }

    void finished(Result<BeamResult> result) {
        m_search.reset();
        if (m_isOver) {
            m_lease.reset();
            return;
        }
        if (!result) {
            fail(apiError(result.error(), m_answer.model));
            return;
        }
        m_usage.promptTokens += result->promptTokens;
        m_usage.completionTokens += result->completionTokens;
        auto choice = static_cast<std::int32_t>(m_done) * m_body.n;
        for (BeamReply& reply : result->replies) {
            ChoiceDelta delta;
            delta.choice = choice;
            delta.text = std::move(reply.text);
            delta.tokens = std::move(reply.tokens);
            m_writer->delta(std::move(delta));
            m_writer->choiceEnded({choice++, reply.reason, false, {}});
        }
        ++m_done;
        next();
    }

    void fail(const ApiError& error) {
        m_isOver = true;
        m_note.error = error.message;
        m_exchange->note(m_note);
        m_writer->failed(error);
        m_lease.reset();
    }

    std::shared_ptr<Exchange> m_exchange;
    CompletionBody m_body;
    CompletionAnswer m_answer;
    std::unique_ptr<GenerationWriter> m_writer;
    BeamSearchOptions m_options;
    std::shared_ptr<ModelLease> m_lease;
    std::unique_ptr<BeamSearch> m_search; ///< Of prompt m_done.
    std::size_t m_done = 0;
    GenerationUsage m_usage;
    RequestNote m_note;
    bool m_isOver = false;
};

} // namespace

void answerBeams(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<Context>& context,
                 CompletionBody body, Lane lane, const CompletionAnswer& answer) {
    const auto beams = std::make_shared<BeamAnswer>(exchange, std::move(body), lane, answer);
    exchange->onAbort([weak = std::weak_ptr(beams)] {
        if (const auto self = weak.lock())
            self->abort();
    });
    context->models->acquire(answer.model, ModelUse::Generate,
                             [exchange, beams](Result<std::shared_ptr<ModelLease>> lease) {
                                 exchange->post([beams, lease = std::move(lease)]() mutable {
                                     beams->begin(std::move(lease));
                                 });
                             });
}

} // namespace hearth::serve
