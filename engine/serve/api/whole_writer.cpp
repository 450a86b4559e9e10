#include "serve/api/whole_writer.h"

#include <utility>

namespace hearth::serve {

void ChoiceResult::add(ChoiceDelta delta) {
    text += delta.text;
    reasoning += delta.reasoning;
    tokens.insert(tokens.end(), delta.tokens.begin(), delta.tokens.end());
    for (TokenInfo& info : delta.probabilities)
        probabilities.push_back(std::move(info));
    for (ToolCallDelta& call : delta.toolCalls) {
        const auto index = static_cast<std::size_t>(call.index);
        if (index >= toolCalls.size())
            toolCalls.resize(index + 1);
        ToolCall& into = toolCalls[index];
        if (!call.name.empty()) {
            into.id = std::move(call.id);
            into.name = std::move(call.name);
        }
        into.arguments += call.arguments;
    }
}

ChoiceResult& WholeWriter::at(std::int32_t choice) {
    const auto index = static_cast<std::size_t>(choice);
    if (index >= m_choices.size())
        m_choices.resize(index + 1);
    return m_choices[index];
}

void WholeWriter::delta(ChoiceDelta delta) {
    at(delta.choice).add(std::move(delta));
}

void WholeWriter::choiceEnded(const ChoiceEnd& end) {
    at(end.choice).end = end;
}

} // namespace hearth::serve
