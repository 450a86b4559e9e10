#include "text/reasoning.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hearth {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTags{{
    {"<think>", "</think>"},
    {"<seed:think>", "</seed:think>"},
    {"[THINK]", "[/THINK]"},
    {"<|START_THINKING|>", "<|END_THINKING|>"},
}};

std::string_view withoutSpaceBehind(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \n\r\t");
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

} // namespace

ReasoningSyntax detectReasoning(std::string_view templateText, std::string_view renderedPrompt) {
    ReasoningSyntax syntax;
    for (const auto& [begin, end] : kTags) {
        const bool isOpen = withoutSpaceBehind(renderedPrompt).ends_with(begin);
        // Templates that only strip old reasoning name its end alone.
        if (isOpen || templateText.find(end) != std::string_view::npos ||
            templateText.find(begin) != std::string_view::npos)
            return {std::string(begin), std::string(end), isOpen};
    }
    return syntax;
}

std::vector<std::string> reasoningMarkers(const ReasoningSyntax& syntax) {
    if (syntax.begin.empty())
        return {};
    return {syntax.begin, syntax.end};
}

ReasoningSplitter::ReasoningSplitter(ReasoningSyntax syntax) : m_syntax(std::move(syntax)) {
    if (m_syntax.begin.empty())
        m_place = Place::Answer;
    else if (m_syntax.isOpen)
        m_place = Place::Reasoning;
    m_skipsLineFeeds = m_place == Place::Reasoning;
}

ReasoningOutput ReasoningSplitter::feed(std::string_view text) {
    m_pending += text;
    ReasoningOutput output;
    run(output, false);
    return output;
}

ReasoningOutput ReasoningSplitter::finish() {
    ReasoningOutput output;
    run(output, true);
    return output;
}

void ReasoningSplitter::run(ReasoningOutput& output, bool isEnd) {
    while (step(output, isEnd)) {
    }
}

bool ReasoningSplitter::step(ReasoningOutput& output, bool isEnd) {
    switch (m_place) {
    case Place::Start: {
        const std::size_t first =
            std::min(m_pending.find_first_not_of(" \n\r\t"), m_pending.size());
        const std::string_view rest = std::string_view(m_pending).substr(first);
        if (rest.starts_with(m_syntax.begin)) {
            m_pending.erase(0, first + m_syntax.begin.size());
            m_place = Place::Reasoning;
            m_skipsLineFeeds = true;
            return true;
        }
        if (!isEnd && std::string_view(m_syntax.begin).starts_with(rest))
            return false;
        m_place = Place::Answer;
        return true;
    }
    case Place::Reasoning: {
        if (m_skipsLineFeeds)
            m_pending.erase(0, std::min(m_pending.find_first_not_of('\n'), m_pending.size()));
        m_skipsLineFeeds = m_skipsLineFeeds && m_pending.empty();
        const std::size_t end = m_pending.find(m_syntax.end);
        if (end != std::string::npos) {
            output.reasoning.append(m_pending, 0, end);
            m_pending.erase(0, end + m_syntax.end.size());
            m_place = Place::Gap;
            return true;
        }
        std::size_t held = isEnd ? 0 : std::min(m_syntax.end.size() - 1, m_pending.size());
        while (held > 0 && !m_pending.ends_with(std::string_view(m_syntax.end).substr(0, held)))
            --held;
        output.reasoning.append(m_pending, 0, m_pending.size() - held);
        m_pending.erase(0, m_pending.size() - held);
        return false;
    }
    case Place::Gap:
        m_pending.erase(0, std::min(m_pending.find_first_not_of('\n'), m_pending.size()));
        if (m_pending.empty())
            return false;
        m_place = Place::Answer;
        return true;
    case Place::Answer:
        output.content += std::exchange(m_pending, {});
        return false;
    }
    return false;
}

} // namespace hearth
