#include "serve/api/choice.h"

#include <iterator>
#include <utility>

namespace hearth::serve {

namespace {

template<typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
    if (to.empty())
        to = std::move(from);
    else
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
    from.clear();
}

} // namespace

void Choice::take(TextEvent event, ChoiceDelta& delta) {
    delta.choice = m_index;
    const auto tokens = static_cast<std::int32_t>(event.tokens.size());
    append(delta.tokens, std::move(event.tokens));
    append(m_held, std::move(event.probabilities));
    if (event.text.empty())
        return;
    append(delta.probabilities, std::exchange(m_held, {}));
    if (!m_parser) {
        delta.text += event.text;
        return;
    }
    const std::size_t textBefore = delta.text.size();
    const std::size_t reasoningBefore = delta.reasoning.size();
    m_parser->feed(event.text, delta);
    m_calledTools = m_calledTools || !delta.toolCalls.empty();
    if (delta.reasoning.size() > reasoningBefore && delta.text.size() == textBefore)
        m_reasoningTokens += tokens;
}

ChoiceEnd Choice::finish(const FinishedEvent& event, ChoiceDelta& delta) {
    delta.choice = m_index;
    // The token that ends a turn has no text and belongs to no reply.
    if (event.reason == FinishReason::Stop && !m_held.empty() && !m_keepsEndToken)
        m_held.pop_back();
    append(delta.probabilities, std::exchange(m_held, {}));
    if (m_parser)
        m_parser->finish(delta);
    m_calledTools = m_calledTools || !delta.toolCalls.empty();
    return {m_index, event.reason, m_calledTools, event.statistics};
}

} // namespace hearth::serve
