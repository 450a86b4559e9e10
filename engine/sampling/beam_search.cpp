#include "sampling/beam_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace hearth {

namespace {

constexpr std::int32_t kMaxWidth = 10;
/// What a request may ask for (SamplingOptions::logprobs).
constexpr std::int32_t kMaxCandidates = 20;
/// How long to wait before a full queue is asked again.
constexpr std::chrono::milliseconds kRetry{5};

Result<void> within(const char* field, double value, double low, double high) {
    if (value >= low && value <= high)
        return {};
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = field;
    error.detail = fmt::format("{} is not within {} and {}", value, low, high);
    return fail(std::move(error));
}

} // namespace

Result<std::unique_ptr<BeamSearch>> BeamSearch::start(Engine& engine, Prompt prompt,
                                                      BeamSearchOptions options,
                                                      Handler handler) {
    HEARTH_TRY(within("beam_width", options.width, 1, kMaxWidth));
    HEARTH_TRY(within("n", options.best, 1, options.width));
    HEARTH_TRY(within("max_tokens", options.maxTokens, 1, 1 << 20));
    HEARTH_TRY(within("length_penalty", options.lengthPenalty, -10.0, 10.0));
    std::unique_ptr<BeamSearch> search(
        new BeamSearch(engine, std::move(prompt), std::move(options)));
    search->m_thread = std::jthread([search = search.get(), handler = std::move(handler)] {
        Result<BeamResult> result = fail(ErrorCode::Cancelled);
        try {
            result = search->run();
        } catch (const std::bad_alloc&) {
            result = fail(ErrorCode::OutOfMemory);
        } catch (const std::exception& error) {
            result = fail(ErrorCode::Internal, error.what());
        }
        handler(std::move(result));
    });
    return search;
}

BeamSearch::~BeamSearch() {
    cancel();
    // What its handler held may have been the last to hold it.
    if (m_thread.get_id() == std::this_thread::get_id())
        m_thread.detach();
}

void BeamSearch::cancel() {
    std::vector<RequestId> open;
    {
        const std::scoped_lock lock(m_mutex);
        m_cancelled = true;
        open = m_open;
    }
    m_changed.notify_all();
    for (const RequestId id : open)
        m_engine.cancel(id);
}

Result<BeamResult> BeamSearch::run() {
    HEARTH_TRY_ASSIGN(const std::vector<std::int32_t> prompt, m_engine.tokenize(m_prompt));
    BeamRules rules;
    rules.width = m_options.width;
    rules.maxTokens = m_options.maxTokens;
    rules.lengthPenalty = m_options.lengthPenalty;
    rules.earlyStop = m_options.earlyStop;
    rules.endTokens =
        m_options.endTokens.empty() ? m_engine.model().endTokens : m_options.endTokens;
    BeamState state(std::move(rules));
    while (!state.running().empty()) {
        auto candidates = step(prompt, state.running());
        // A full context ends the replies as their limit does.
        if (!candidates && candidates.error().code == ErrorCode::ContextExceeded &&
            !state.running().front().tokens.empty())
            state.stop();
        else if (!candidates)
            return fail(std::move(candidates).error());
        else
            state.advance(*candidates);
    }
    return result(state, prompt.size());
}

Request BeamSearch::request(const std::vector<std::int32_t>& prompt, const Beam& beam) const {
    Request request;
    std::vector<std::int32_t> tokens = prompt;
    tokens.insert(tokens.end(), beam.tokens.begin(), beam.tokens.end());
    request.prompt = TokenPrompt{std::move(tokens)};
    request.sampling.temperature = 0.0F;
    request.sampling.logprobs =
        std::min({2 * m_options.width, kMaxCandidates, m_engine.model().vocabularySize});
    request.maxTokens = 1;
    request.lane = m_options.lane;
    return request;
}

Result<std::vector<std::vector<BeamCandidate>>>
BeamSearch::step(const std::vector<std::int32_t>& prompt, const std::vector<Beam>& beams) {
    std::vector<Reply> replies(beams.size());
    std::optional<Error> refused;
    std::size_t submitted = 0;
    while (submitted < beams.size() && !refused) {
        Reply& reply = replies[submitted];
        const auto id = m_engine.submit(
            request(prompt, beams[submitted]),
            [this, &reply](RequestId, Event event) { take(reply, std::move(event)); });
        std::unique_lock lock(m_mutex);
        if (id) {
            m_open.push_back(*id);
            ++submitted;
        } else if (id.error().code != ErrorCode::QueueFull || beams.front().tokens.empty()) {
            refused = id.error();
        } else {
            m_changed.wait_for(lock, kRetry, [this] { return m_cancelled; });
        }
        if (m_cancelled)
            refused = fail(ErrorCode::Cancelled).error;
    }
    std::unique_lock lock(m_mutex);
    if (refused) {
        const std::vector<RequestId> open = m_open;
        lock.unlock();
        for (const RequestId id : open)
            m_engine.cancel(id);
        lock.lock();
    }
    // Their handlers refer to `replies`: every last event has to come.
    m_changed.wait(lock, [&] {
        return std::all_of(replies.begin(), replies.begin() + std::ptrdiff_t(submitted),
                           [](const Reply& reply) { return reply.isOver; });
    });
    m_open.clear();
    if (m_cancelled)
        return fail(ErrorCode::Cancelled);
    if (refused)
        return fail(*std::move(refused));
    std::vector<std::vector<BeamCandidate>> candidates;
    for (Reply& reply : replies) {
        if (reply.error)
            return fail(*std::move(reply.error));
        candidates.push_back(std::move(reply.candidates));
    }
    return candidates;
}

void BeamSearch::take(Reply& reply, Event event) {
    const std::scoped_lock lock(m_mutex);
    if (const auto* text = std::get_if<TextEvent>(&event)) {
        if (!text->probabilities.empty() && reply.candidates.empty())
            for (const TokenProbability& one : text->probabilities.front().top)
                reply.candidates.push_back({one.token, double(one.logprob)});
    } else if (auto* failed = std::get_if<FailedEvent>(&event)) {
        reply.error = std::move(failed->error);
        reply.isOver = true;
    } else if (std::holds_alternative<FinishedEvent>(event)) {
        reply.isOver = true;
    }
    if (reply.isOver)
        m_changed.notify_all();
}

BeamResult BeamSearch::result(const BeamState& state, std::size_t promptTokens) const {
    BeamResult result;
    result.promptTokens = std::int32_t(promptTokens);
    for (const Beam& beam : state.finished()) {
        if (result.replies.size() == std::size_t(m_options.best))
            break;
        result.completionTokens += std::int32_t(beam.tokens.size());
        result.replies.push_back({beam.tokens, m_engine.detokenize(beam.tokens), beam.logprob,
                                  beam.score,
                                  beam.isEnded ? FinishReason::Stop : FinishReason::Length});
    }
    return result;
}

} // namespace hearth
