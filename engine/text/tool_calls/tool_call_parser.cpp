#include "text/tool_calls/tool_call_parser.h"

#include "text/tool_calls/tool_parsers.h"

#include <algorithm>
#include <random>
#include <utility>

namespace hearth {

namespace {

std::string randomLetters(std::size_t count) {
    static constexpr std::string_view kLetters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static thread_local std::mt19937_64 random{std::random_device{}()};
    std::uniform_int_distribution<std::size_t> pick(0, kLetters.size() - 1);
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += kLetters[pick(random)];
    return text;
}

} // namespace

std::unique_ptr<ToolCallParser> ToolCallParser::create(ToolFormat format,
                                                       std::span<const ToolDefinition> tools) {
    switch (format) {
    case ToolFormat::MistralV11:
    case ToolFormat::DeepSeek:
    case ToolFormat::Glm4:
        return newNamedCallParser(format, tools);
    case ToolFormat::Qwen3Coder:
    case ToolFormat::Glm45:
        return newXmlCallParser(format, tools);
    default:
        return newJsonCallParser(format, tools);
    }
}

ToolCallOutput ToolCallParser::run(bool isEnd) {
    while (step(isEnd) == Step::Again) {
    }
    return std::exchange(m_output, {});
}

void ToolCallParser::content(std::string_view text) {
    if (text.empty())
        return;
    if (m_calls > 0) {
        // Whitespace around calls belongs to them; where text follows it is part of the text.
        m_space += text;
        const std::size_t last = m_space.find_last_not_of(" \n\r\t");
        if (last == std::string::npos)
            return;
        m_output.content.append(m_space, 0, last + 1);
        m_space.erase(0, last + 1);
        return;
    }
    m_output.content += text;
}

void ToolCallParser::beginCall(std::string name) {
    m_space.clear();
    const std::string id =
        m_idLetters > 0 ? randomLetters(m_idLetters) : "call_" + randomLetters(24);
    m_output.calls.push_back({m_calls++, id, std::move(name), {}});
}

void ToolCallParser::arguments(std::string_view text) {
    if (text.empty())
        return;
    if (m_output.calls.empty() || m_output.calls.back().index != m_calls - 1)
        m_output.calls.push_back({m_calls - 1, {}, {}, {}});
    m_output.calls.back().arguments += text;
}

int ToolCallParser::takeContentBefore(std::span<const std::string> markers, bool isEnd) {
    std::size_t first = std::string::npos;
    int found = -1;
    for (std::size_t i = 0; i < markers.size(); ++i) {
        const std::size_t at = m_pending.find(markers[i]);
        if (at < first) {
            first = at;
            found = int(i);
        }
    }
    if (found >= 0) {
        content(std::string_view(m_pending).substr(0, first));
        m_pending.erase(0, first + markers[std::size_t(found)].size());
        return found;
    }
    std::size_t held = 0;
    for (const std::string& marker : markers)
        for (std::size_t length = std::min(marker.size() - 1, m_pending.size());
             !isEnd && length > held; --length)
            if (m_pending.ends_with(std::string_view(marker).substr(0, length)))
                held = length;
    content(std::string_view(m_pending).substr(0, m_pending.size() - held));
    m_pending.erase(0, m_pending.size() - held);
    return -1;
}

void ToolCallParser::skipSpace() {
    m_pending.erase(0, std::min(m_pending.find_first_not_of(" \n\r\t"), m_pending.size()));
}

} // namespace hearth
