#include "runtime/completion.h"

#include "runtime/reply_constraint.h"

#include <algorithm>
#include <utility>

namespace hearth {

Completion::Completion(const Tokenizer& tokenizer, StopMatcher stops,
                       std::vector<std::int32_t> endTokens, std::vector<std::int32_t> visible,
                       std::int32_t maxTokens)
    : m_tokenizer(&tokenizer), m_stops(std::move(stops)), m_endTokens(std::move(endTokens))
    , m_visible(std::move(visible)), m_remaining(maxTokens) {
    std::sort(m_endTokens.begin(), m_endTokens.end());
}

Result<Completion> Completion::create(const Tokenizer& tokenizer, const Request& request,
                                      const std::vector<std::int32_t>& endTokens,
                                      std::int32_t maxTokens) {
    HEARTH_TRY_ASSIGN(StopMatcher stops, StopMatcher::create(request.stopStrings));
    std::vector<std::int32_t> ends = request.stopTokens;
    if (!request.ignoreEos)
        ends.insert(ends.end(), endTokens.begin(), endTokens.end());
    return Completion(tokenizer, std::move(stops), std::move(ends),
                      visibleTokens(tokenizer, request), maxTokens);
}

Completion::Output Completion::push(std::int32_t token) {
    Output output;
    --m_remaining;
    if (std::binary_search(m_endTokens.begin(), m_endTokens.end(), token)) {
        output.text = finish();
        output.finished = FinishReason::Stop;
        return output;
    }
    if (!m_tokenizer->isSpecial(token) ||
        std::binary_search(m_visible.begin(), m_visible.end(), token)) {
        StopMatcher::Output matched = m_stops.feed(m_utf8.feed(m_tokenizer->tokenBytes(token)));
        output.text = std::move(matched.text);
        if (matched.stopped) {
            output.finished = FinishReason::StopString;
            return output;
        }
    }
    if (m_remaining <= 0) {
        output.text += finish();
        output.finished = FinishReason::Length;
    }
    return output;
}

std::string Completion::finish() {
    StopMatcher::Output last = m_stops.feed(m_utf8.flush());
    return last.text + m_stops.flush();
}

} // namespace hearth
