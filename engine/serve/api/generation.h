#pragma once

#include "hearth/model_pool.h"
#include "hearth/request.h"
#include "serve/api/choice.h"
#include "serve/api/generation_writer.h"
#include "serve/http/exchange.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::serve {

/// What a request wants of a model, once that is there.
struct GenerationPlan {
    std::vector<Request> prompts;  ///< One at least; the choices of prompt p are p·choices and on.
    std::int32_t choices = 1;      ///< Replies to each prompt.
    std::int32_t candidates = 0;   ///< More than choices: so many are made, and those of the
                                   ///< highest mean logprob kept; not for streams.
    bool showProbabilities = true; ///< False: logprobs are asked for the sake of candidates alone.
    bool keepEndTokens = false;    ///< The probability of a token that ends a turn is told, too.
    /// Makes a parser for each choice; empty: all text is content.
    std::function<std::unique_ptr<OutputParser>()> makeParser;
};

/// What an answer calls the model that a body names; empty: the default.
[[nodiscard]] std::string modelName(const ModelPool& pool, const std::string& asked);

/// What makes the text, or why there is nothing that does; `model` as the request called it.
[[nodiscard]] Outcome<Engine*> engineOf(const Result<std::shared_ptr<ModelLease>>& lease,
                                        const std::string& model);

/// Makes the plan for the model that was loaded: on a worker's or the pool's thread, may compile
/// grammars.
using MakePlan = std::function<Outcome<GenerationPlan>(const std::shared_ptr<ModelLease>& lease)>;

/// One request for text on its way: waits for its model, submits its choices to the engine (those
/// that share a prompt once the first has computed it; where nothing is generated that is all),
/// carries events from the engine's threads to the writer on the exchange's executor, and cancels
/// what runs when the client hangs up. Streams get their headers after kPatience at the latest, and
/// a sign of life every kKeepAlive while nothing else is sent. Keeps itself alive until its last
/// event.
class Generation : public std::enable_shared_from_this<Generation> {
public:
    static constexpr std::chrono::milliseconds kPatience{200};
    static constexpr std::chrono::milliseconds kLoadingNews{2000};
    static constexpr std::chrono::milliseconds kKeepAlive{10000};
    static constexpr std::int32_t kMaxAtOnce = 64; ///< Choices of one request in the engine.

    /// Begins; never blocks. `model` is what the request called it.
    static std::shared_ptr<Generation> start(std::shared_ptr<Exchange> exchange,
                                             const std::shared_ptr<ModelPool>& pool,
                                             std::string model, MakePlan makePlan,
                                             std::unique_ptr<GenerationWriter> writer);

    /// Ends the replies where they are, with FinishReason::Cancelled. From any thread.
    void cancel();

private:
    enum class Ending : std::uint8_t { None, Asked, Dropped }; ///< Dropped: nobody listens.
    struct Item {
        std::int32_t choice = 0;
        Event event;
    };

    Generation(std::shared_ptr<Exchange> exchange, std::string model, MakePlan makePlan,
               std::unique_ptr<GenerationWriter> writer);

    void leased(Result<std::shared_ptr<ModelLease>> lease);
    void begin(std::shared_ptr<ModelLease> lease, GenerationPlan plan);
    [[nodiscard]] std::int32_t perPrompt() const;
    [[nodiscard]] const Request& promptOf(std::int32_t choice) const;
    /// Submits what may go now.
    void submitMore();
    [[nodiscard]] bool submit(std::int32_t choice);
    void post(std::int32_t choice, Event event); ///< From the engine's threads.
    void drain();
    void take(Item item, std::map<std::int32_t, ChoiceDelta>& deltas);
    void finishChoice(std::int32_t choice, const FinishedEvent& event,
                      std::map<std::int32_t, ChoiceDelta>& deltas);
    void giveAll(std::map<std::int32_t, ChoiceDelta>& deltas);
    void give(ChoiceDelta delta);
    void give(const ChoiceEnd& end);
    void chooseBest();
    void complete();
    void fail(const ApiError& error);
    void drop(Ending ending);
    void releaseIfIdle();
    void openStream();
    void tick();
    void arm(std::chrono::milliseconds delay);
    void note(std::string error);

    const std::shared_ptr<Exchange> m_exchange;
    const std::string m_model;
    MakePlan m_makePlan;
    std::unique_ptr<GenerationWriter> m_writer;

    std::mutex m_mutex;
    std::vector<Item> m_mailbox; ///< Under m_mutex, as the next.
    bool m_posted = false;       ///< A drain() is on its way.

    // Of the exchange's executor from here on.
    std::shared_ptr<ModelLease> m_lease;
    GenerationPlan m_plan;
    std::deque<std::int32_t> m_waiting; ///< Choices not submitted yet, in order.
    std::map<std::int32_t, RequestId> m_running;
    std::map<std::int32_t, Choice> m_choices; ///< Of those that run.
    std::vector<bool> m_warm;                 ///< Prompts that are computed.
    struct Candidate;
    std::vector<Candidate> m_candidates;
    GenerationUsage m_usage;
    RequestNote m_note;
    std::chrono::steady_clock::time_point m_lastSign;
    Ending m_ending = Ending::None;
    bool m_opened = false;
    bool m_started = false;
    bool m_over = false; ///< The writer has been told the end, or nobody listens.
};

} // namespace hearth::serve
