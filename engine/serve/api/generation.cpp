#include "serve/api/generation.h"

#include "serve/api/whole_writer.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

using Clock = std::chrono::steady_clock;

/// A reply that may be kept.
struct Generation::Candidate {
    ChoiceDelta delta;
    ChoiceEnd end;
    double logprob = 0.0; ///< Sum over `tokens`.
    std::size_t tokens = 0;

    [[nodiscard]] double mean() const {
        return tokens == 0 ? -1e30 : logprob / static_cast<double>(tokens);
    }
};

Outcome<Engine*> engineOf(const Result<std::shared_ptr<ModelLease>>& lease,
                          const std::string& model) {
    if (!lease)
        return apiError(lease.error(), model);
    if (Engine* const engine = (*lease)->engine())
        return engine;
    return badRequest("model", "The model `" + model + "` makes embeddings, not text.");
}

std::string modelName(const ModelPool& pool, const std::string& asked) {
    return asked.empty() ? pool.defaultModel() : asked;
}

Generation::Generation(std::shared_ptr<Exchange> exchange, std::string model, MakePlan makePlan,
                       std::unique_ptr<GenerationWriter> writer)
    : m_exchange(std::move(exchange))
    , m_model(std::move(model))
    , m_makePlan(std::move(makePlan))
    , m_writer(std::move(writer))
    , m_lastSign(Clock::now()) {
    m_note.model = m_model;
}

std::shared_ptr<Generation> Generation::start(std::shared_ptr<Exchange> exchange,
                                              const std::shared_ptr<ModelPool>& pool,
                                              std::string model, MakePlan makePlan,
                                              std::unique_ptr<GenerationWriter> writer) {
    std::shared_ptr<Generation> self(new Generation(std::move(exchange), std::move(model),
                                                    std::move(makePlan), std::move(writer)));
    self->m_exchange->onAbort([weak = std::weak_ptr(self)] {
        if (const auto generation = weak.lock())
            generation->drop(Ending::Dropped);
    });
    pool->acquire(
        self->m_model, ModelUse::Generate,
        [self](Result<std::shared_ptr<ModelLease>> lease) { self->leased(std::move(lease)); });
    if (self->m_writer->streams())
        self->arm(kPatience);
    return self;
}

void Generation::leased(Result<std::shared_ptr<ModelLease>> lease) {
    if (const Outcome<Engine*> engine = engineOf(lease, m_model); !engine) {
        m_exchange->post([self = shared_from_this(), error = engine.error()] {
            self->fail(error);
        });
        return;
    }
    Outcome<GenerationPlan> plan = m_makePlan(*lease);
    m_exchange->post(
        [self = shared_from_this(), lease = *std::move(lease), plan = std::move(plan)]() mutable {
            if (plan)
                self->begin(std::move(lease), *std::move(plan));
            else
                self->fail(plan.error());
        });
}

std::int32_t Generation::perPrompt() const {
    return std::max(m_plan.choices, m_plan.candidates);
}

const Request& Generation::promptOf(std::int32_t choice) const {
    return m_plan.prompts[std::size_t(choice / perPrompt())];
}

void Generation::begin(std::shared_ptr<ModelLease> lease, GenerationPlan plan) {
    if (m_over)
        return;
    m_note.model = lease->model().name;
    m_lease = std::move(lease);
    m_plan = std::move(plan);
    m_warm.resize(m_plan.prompts.size());
    const auto total = static_cast<std::int32_t>(m_plan.prompts.size()) * perPrompt();
    for (std::int32_t choice = 0; choice < total; ++choice)
        if (choice % perPrompt() == 0 || !promptOf(choice).promptOnly)
            m_waiting.push_back(choice);
    if (m_plan.candidates > m_plan.choices)
        m_candidates.resize(static_cast<std::size_t>(total));
    if (m_ending == Ending::Asked) {
        m_candidates.clear();
        m_waiting.clear();
        complete();
        releaseIfIdle();
        return;
    }
    m_note.submitted = Clock::now();
    submitMore();
}

void Generation::submitMore() {
    for (auto next = m_waiting.begin(); next != m_waiting.end();) {
        if (static_cast<std::int32_t>(m_running.size()) >= kMaxAtOnce)
            return;
        const std::int32_t choice = *next;
        if (choice % perPrompt() != 0 && !m_warm[std::size_t(choice / perPrompt())]) {
            ++next;
            continue;
        }
        next = m_waiting.erase(next);
        if (!submit(choice))
            return;
    }
}

bool Generation::submit(std::int32_t choice) {
    Request request = promptOf(choice);
    const std::int32_t sibling = choice % perPrompt();
    if (sibling > 0)
        request.promptLogprobs = -1; // its prompt's first reply brings them for all
    if (request.sampling.seed)
        *request.sampling.seed += static_cast<std::uint64_t>(sibling);
    // Before submit(): the first events may come while it still runs.
    const auto entry =
        m_choices.try_emplace(choice, choice, m_plan.makeParser ? m_plan.makeParser() : nullptr);
    if (m_plan.keepEndTokens)
        entry.first->second.keepEndToken();
    const Result<RequestId> id = m_lease->engine()->submit(
        std::move(request), [self = shared_from_this(), choice](RequestId, Event event) {
            self->post(choice, std::move(event));
        });
    if (!id) {
        m_choices.erase(choice);
        fail(apiError(id.error(), m_model));
        return false;
    }
    m_running.emplace(choice, *id);
    return true;
}

void Generation::post(std::int32_t choice, Event event) {
    {
        const std::lock_guard lock(m_mutex);
        m_mailbox.push_back({choice, std::move(event)});
        if (std::exchange(m_posted, true))
            return;
    }
    m_exchange->post([self = shared_from_this()] { self->drain(); });
}

void Generation::drain() {
    std::vector<Item> items;
    {
        const std::lock_guard lock(m_mutex);
        items.swap(m_mailbox);
        m_posted = false;
    }
    std::map<std::int32_t, ChoiceDelta> deltas;
    for (Item& item : items)
        take(std::move(item), deltas);
    giveAll(deltas);
    if (!m_over)
        submitMore();
    if (!m_over && m_running.empty() && m_waiting.empty())
        complete();
    if (m_opened && !m_over)
        m_writer->flush();
    releaseIfIdle();
}

void Generation::take(Item item, std::map<std::int32_t, ChoiceDelta>& deltas) {
    const std::size_t prompt = std::size_t(item.choice / perPrompt());
    if (const auto* finished = std::get_if<FinishedEvent>(&item.event)) {
        m_running.erase(item.choice);
        m_warm[prompt] = true;
        finishChoice(item.choice, *finished, deltas);
        m_choices.erase(item.choice);
    } else if (const auto* failed = std::get_if<FailedEvent>(&item.event)) {
        m_running.erase(item.choice);
        giveAll(deltas); // Text sent before stands.
        fail(apiError(failed->error, m_model));
    } else if (m_over) {
        return;
    } else if (auto* text = std::get_if<TextEvent>(&item.event)) {
        m_warm[prompt] = true;
        openStream();
        if (const auto choice = m_choices.find(item.choice); choice != m_choices.end())
            choice->second.take(std::move(*text), deltas[item.choice]);
    } else if (auto* read = std::get_if<PromptLogprobsEvent>(&item.event)) {
        m_writer->promptRead(static_cast<std::int32_t>(prompt), std::move(read->tokens));
    } else if (const auto* accepted = std::get_if<AcceptedEvent>(&item.event)) {
        if (item.choice % perPrompt() == 0)
            m_usage.promptTokens += accepted->promptTokens;
        if (!std::exchange(m_started, true))
            m_writer->started(m_usage);
    }
}

void Generation::finishChoice(std::int32_t choice, const FinishedEvent& event,
                              std::map<std::int32_t, ChoiceDelta>& deltas) {
    if (m_over) {
        // The log still wants to know what was made.
        m_usage.completionTokens += event.statistics.completionTokens;
        m_note.timeToFirstToken = event.statistics.timeToFirstToken;
        m_note.tokensPerSecond += event.statistics.tokensPerSecond;
        if (m_ending == Ending::Dropped)
            note({});
        return;
    }
    if (event.reason == FinishReason::Cancelled && m_ending == Ending::None) {
        giveAll(deltas);
        Error error;
        error.code = ErrorCode::ShuttingDown;
        fail(apiError(error, m_model));
        return;
    }
    const RequestStatistics& statistics = event.statistics;
    m_usage.completionTokens += statistics.completionTokens;
    if (choice % perPrompt() == 0)
        m_usage.cachedTokens += statistics.cachedTokens;
    if (choice == 0) {
        m_note.queueSeconds = statistics.queueSeconds;
        m_note.timeToFirstToken = statistics.timeToFirstToken;
        m_note.finishReason = event.reason == FinishReason::Length      ? "length"
                              : event.reason == FinishReason::Cancelled ? "cancelled"
                                                                        : "stop";
    }
    m_note.tokensPerSecond += statistics.tokensPerSecond;
    openStream();
    ChoiceDelta delta = std::move(deltas[choice]);
    deltas.erase(choice);
    const auto found = m_choices.find(choice);
    if (found == m_choices.end())
        return;
    const ChoiceEnd end = found->second.finish(event, delta);
    m_usage.reasoningTokens += found->second.reasoningTokens();
    if (!delta.empty() || !delta.tokens.empty())
        give(std::move(delta));
    give(end);
    if (promptOf(choice).promptOnly)
        for (std::int32_t sibling = 1; sibling < perPrompt(); ++sibling)
            give(ChoiceEnd{choice + sibling, end.reason, false, {}});
}

void Generation::giveAll(std::map<std::int32_t, ChoiceDelta>& deltas) {
    for (auto& [choice, delta] : deltas)
        if (!m_over && (!delta.empty() || !delta.tokens.empty()))
            give(std::move(delta));
    deltas.clear();
}

void Generation::give(ChoiceDelta delta) {
    m_lastSign = Clock::now();
    if (m_candidates.empty()) {
        m_writer->delta(std::move(delta));
        return;
    }
    Candidate& candidate = m_candidates[std::size_t(delta.choice)];
    for (const TokenInfo& info : delta.probabilities)
        candidate.logprob += double(info.chosen.logprob);
    candidate.tokens += delta.probabilities.size();
    ChoiceDelta& into = candidate.delta;
    into.choice = delta.choice;
    into.text += delta.text;
    into.reasoning += delta.reasoning;
    for (ToolCallDelta& call : delta.toolCalls)
        into.toolCalls.push_back(std::move(call));
    into.tokens.insert(into.tokens.end(), delta.tokens.begin(), delta.tokens.end());
    if (m_plan.showProbabilities)
        for (TokenInfo& info : delta.probabilities)
            into.probabilities.push_back(std::move(info));
}

void Generation::give(const ChoiceEnd& end) {
    if (m_candidates.empty())
        m_writer->choiceEnded(end);
    else
        m_candidates[std::size_t(end.choice)].end = end;
}

void Generation::chooseBest() {
    const std::vector<Candidate> candidates = std::exchange(m_candidates, {});
    const auto count = static_cast<std::size_t>(perPrompt());
    for (std::size_t prompt = 0; prompt < m_plan.prompts.size(); ++prompt) {
        std::vector<const Candidate*> order;
        for (std::size_t i = 0; i < count; ++i)
            order.push_back(&candidates[prompt * count + i]);
        std::stable_sort(order.begin(), order.end(), [](const Candidate* a, const Candidate* b) {
            return a->mean() > b->mean();
        });
        for (std::int32_t i = 0; i < m_plan.choices; ++i) {
            const Candidate& best = *order[std::size_t(i)];
            ChoiceDelta delta = best.delta;
            ChoiceEnd end = best.end;
            delta.choice = end.choice = static_cast<std::int32_t>(prompt) * m_plan.choices + i;
            m_writer->delta(std::move(delta));
            m_writer->choiceEnded(end);
        }
    }
}

void Generation::complete() {
    m_over = true;
    if (!m_candidates.empty())
        chooseBest();
    note({});
    m_writer->ended(m_usage);
}

void Generation::fail(const ApiError& error) {
    if (std::exchange(m_over, true))
        return;
    m_waiting.clear();
    for (const auto& [choice, id] : m_running)
        m_lease->engine()->cancel(id);
    note(error.message);
    m_writer->failed(error);
    releaseIfIdle();
}

void Generation::cancel() {
    m_exchange->post([self = shared_from_this()] { self->drop(Ending::Asked); });
}

void Generation::drop(Ending ending) {
    if (m_over)
        return;
    m_ending = ending;
    m_over = ending == Ending::Dropped;
    m_waiting.clear();
    for (const auto& [choice, id] : m_running)
        m_lease->engine()->cancel(id);
    if (m_over)
        note({}); // why it was dropped, the exchange knows
    else if (m_lease && m_running.empty())
        complete();
    releaseIfIdle();
}

void Generation::releaseIfIdle() {
    // Here rather than with the last reference, which an engine's thread may hold.
    if (m_over && m_running.empty())
        m_lease.reset();
}

void Generation::openStream() {
    if (!m_writer->streams() || m_over || std::exchange(m_opened, true))
        return;
    m_lastSign = Clock::now();
    m_writer->open();
}

void Generation::arm(std::chrono::milliseconds delay) {
    m_exchange->postAfter(delay, [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->tick();
    });
}

void Generation::tick() {
    if (m_over)
        return;
    const bool loading = m_lease == nullptr;
    const std::chrono::milliseconds limit = loading ? kLoadingNews : kKeepAlive;
    const auto silence =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_lastSign);
    if (m_opened && silence < limit) {
        arm(limit - silence);
        return;
    }
    openStream();
    m_lastSign = Clock::now();
    m_writer->keepAlive(loading ? "loading " + m_model : "waiting");
    m_writer->flush();
    arm(limit);
}

void Generation::note(std::string error) {
    m_note.error = std::move(error);
    m_note.promptTokens = m_usage.promptTokens;
    m_note.cachedTokens = m_usage.cachedTokens;
    m_note.completionTokens = m_usage.completionTokens;
    m_exchange->note(m_note);
}

} // namespace hearth::serve
