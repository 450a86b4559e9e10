#include "runtime/active_request.h"

#include "sampling/sampling_options.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

double seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

TokenProbability probability(std::int32_t token, float logprob, const Tokenizer& tokenizer) {
    return {token, std::string(tokenizer.tokenBytes(token)), logprob};
}

TokenInfo tokenInfo(const kernels::SampleResult& result, const Tokenizer& tokenizer) {
    TokenInfo info;
    info.chosen = probability(result.token, result.logprob, tokenizer);
    for (const kernels::TokenLogprob& top : result.top)
        info.top.push_back(probability(top.token, top.logprob, tokenizer));
    return info;
}

} // namespace

ActiveRequest::ActiveRequest(PreparedRequest prepared, Completion completion,
                             std::shared_ptr<ReplyConstraint> constraint, std::uint64_t seed)
    : m_id(prepared.id), m_request(std::move(prepared.request))
    , m_handler(std::move(prepared.handler)), m_completion(std::move(completion))
    , m_constraint(std::move(constraint)), m_seed(seed), m_submitted(prepared.submitted) {
    for (const TokenBias& bias : m_request.sampling.biases)
        m_biases.push_back({bias.token, bias.bias});
}

kernels::SamplingRow ActiveRequest::samplingRow(const Sequence& sequence) const {
    kernels::SamplingRow row = hearth::samplingRow(
        m_request.sampling, m_biases, m_seed, sequence.tokenCount(),
        sequence.tokens().first(std::size_t(sequence.promptTokens())), sequence.generated());
    if (m_constraint != nullptr)
        row.allowed = m_constraint->allowed();
    return row;
}

void ActiveRequest::promptBegins(std::int32_t token, const Tokenizer& tokenizer) {
    send(PromptLogprobsEvent{0, {{probability(token, 0.0F, tokenizer), {}}}});
}

void ActiveRequest::promptRead(std::int32_t first, std::span<const kernels::SampleResult> tokens,
                               const Tokenizer& tokenizer) {
    PromptLogprobsEvent event;
    event.first = first;
    for (const kernels::SampleResult& token : tokens)
        event.tokens.push_back(tokenInfo(token, tokenizer));
    send(std::move(event));
}

void ActiveRequest::started(Clock::time_point now) {
    if (std::exchange(m_started, true))
        return;
    m_statistics.queueSeconds = seconds(now - m_submitted);
}

void ActiveRequest::countToken(Clock::time_point now) {
    if (m_statistics.completionTokens++ == 0) {
        m_firstToken = now;
        m_statistics.timeToFirstToken = seconds(now - m_submitted);
    } else {
        m_statistics.maxInterTokenLatency =
            std::max(m_statistics.maxInterTokenLatency, seconds(now - m_lastToken));
    }
    m_lastToken = now;
}

bool ActiveRequest::drawn(const kernels::SampleResult& result, const Tokenizer& tokenizer,
                          Clock::time_point now) {
    countToken(now);
    Completion::Output output = m_completion.push(result.token);
    if (!output.finished && m_constraint != nullptr && !m_constraint->advance(result.token)) {
        output.text += m_completion.finish();
        output.finished = FinishReason::Stop;
    }
    TextEvent event;
    event.text = std::move(output.text);
    event.tokens.push_back(result.token);
    if (m_request.sampling.logprobs >= 0)
        event.probabilities.push_back(tokenInfo(result, tokenizer));
    send(std::move(event));
    if (output.finished)
        m_reason = *output.finished;
    return output.finished.has_value();
}

void ActiveRequest::finish(FinishReason reason, const Sequence* sequence, Clock::time_point now) {
    if (std::string rest = m_completion.finish(); !rest.empty())
        send(TextEvent{std::move(rest), {}, {}});
    m_statistics.totalSeconds = seconds(now - m_submitted);
    m_statistics.seed = m_seed;
    if (sequence != nullptr) {
        m_statistics.promptTokens = sequence->inputTokens();
        m_statistics.cachedTokens = std::max(sequence->cachedTokens(), 0);
        m_statistics.preemptions = sequence->preemptions();
    }
    const double decoding = seconds(m_lastToken - m_firstToken);
    const std::int32_t gaps = m_statistics.completionTokens - 1;
    if (gaps > 0 && decoding > 0.0) {
        m_statistics.tokensPerSecond = gaps / decoding;
        m_statistics.meanInterTokenLatency = decoding / gaps;
    }
    send(FinishedEvent{reason, m_statistics});
}

} // namespace hearth
