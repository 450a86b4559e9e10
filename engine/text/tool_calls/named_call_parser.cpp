#include "text/tool_calls/json_extent.h"
#include "text/tool_calls/tool_parsers.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

/// Between a marker and the arguments.
constexpr std::size_t kMaxHeader = 512;
constexpr std::string_view kSeparator = "<｜tool▁sep｜>";

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \n\r\t");
    const std::size_t last = text.find_last_not_of(" \n\r\t");
    return first == std::string_view::npos ? "" : std::string(text.substr(first, last - first + 1));
}

class NamedCallParser final : public ToolCallParser {
public:
    NamedCallParser(ToolFormat format, std::span<const ToolDefinition> tools) : m_format(format) {
        for (const ToolDefinition& tool : tools)
            m_names.push_back(tool.name);
        if (format == ToolFormat::DeepSeek) {
            m_begins = {"<｜tool▁call▁begin｜>", "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"};
            m_end = "<｜tool▁call▁end｜>";
        } else if (format == ToolFormat::MistralV11) {
            m_begins = {"[TOOL_CALLS]"};
            m_idLetters = 9;
        } else {
            m_place = Place::Header;
        }
    }

private:
    enum class Place : std::uint8_t { Text, Header, Arguments, Tail };

    Step step(bool isEnd) override {
        switch (m_place) {
        case Place::Text:
            return text(isEnd);
        case Place::Header:
            return header(isEnd);
        case Place::Arguments:
            return readArguments();
        case Place::Tail:
            return tail(isEnd);
        }
        return Step::NeedsText;
    }
    Step text(bool isEnd);
    Step header(bool isEnd);
    Step readArguments();
    Step tail(bool isEnd);
    [[nodiscard]] std::string nameIn(std::string_view header) const;
    [[nodiscard]] bool mayBeName(const std::string& name, bool isWhole) const;
    Step giveUp() {
        content(std::exchange(m_marker, {}));
        m_place = Place::Text;
        if (m_begins.empty()) {
            content(std::exchange(m_pending, {}));
            return Step::NeedsText;
        }
        return Step::Again;
    }

    const ToolFormat m_format;
    std::vector<std::string> m_names;
    std::vector<std::string> m_begins; ///< The first opens a call, others only stand around.
    std::string m_end;
    std::string m_marker; ///< The one taken, to be given back.
    JsonExtent m_extent;
    Place m_place = Place::Text;
};

ToolCallParser::Step NamedCallParser::text(bool isEnd) {
    if (m_begins.empty()) {
        content(std::exchange(m_pending, {}));
        return Step::NeedsText;
    }
    const int marker = takeContentBefore(m_begins, isEnd);
    if (marker < 0)
        return Step::NeedsText;
    if (marker == 0) {
        m_marker = m_begins.front();
        m_place = Place::Header;
    }
    return Step::Again;
}

ToolCallParser::Step NamedCallParser::header(bool isEnd) {
    const std::size_t brace = m_pending.find('{');
    const std::string_view before = std::string_view(m_pending).substr(0, brace);
    const bool isWhole = brace != std::string::npos;
    const std::string name = nameIn(before);
    if (before.size() > kMaxHeader || !mayBeName(name, isWhole) || (isEnd && !isWhole))
        return m_pending.empty() && m_marker.empty() ? Step::NeedsText : giveUp();
    if (!isWhole)
        return Step::NeedsText;
    m_marker.clear();
    m_pending.erase(0, brace);
    beginCall(name);
    m_extent = {};
    m_place = Place::Arguments;
    return Step::Again;
}

std::string NamedCallParser::nameIn(std::string_view header) const {
    if (m_format == ToolFormat::MistralV11)
        return trimmed(header.substr(0, std::min(header.find("[ARGS]"), header.find("[CALL_ID]"))));
    if (m_format == ToolFormat::Glm4)
        return trimmed(header);
    // "function<sep>NAME\n```json\n" (V3), "NAME<sep>" (V3.1).
    const std::size_t separator = header.find(kSeparator);
    if (separator == std::string_view::npos)
        return trimmed(header);
    const std::string_view behind = header.substr(separator + kSeparator.size());
    const std::string name = trimmed(behind.substr(0, behind.find("```")));
    return name.empty() ? trimmed(header.substr(0, separator)) : name;
}

bool NamedCallParser::mayBeName(const std::string& name, bool isWhole) const {
    if (m_format != ToolFormat::Glm4)
        return !isWhole || !name.empty();
    return std::any_of(m_names.begin(), m_names.end(), [&](const std::string& known) {
        return isWhole ? known == name : known.starts_with(name);
    });
}

ToolCallParser::Step NamedCallParser::readArguments() {
    for (std::size_t i = 0; i < m_pending.size(); ++i) {
        if (m_extent.push(m_pending[i]) != JsonExtent::State::Ends)
            continue;
        arguments(std::string_view(m_pending).substr(0, i + 1));
        m_pending.erase(0, i + 1);
        m_place = m_end.empty() ? Place::Text : Place::Tail;
        return Step::Again;
    }
    arguments(std::exchange(m_pending, {}));
    return Step::NeedsText;
}

/// Drops a closing fence and the end marker.
ToolCallParser::Step NamedCallParser::tail(bool isEnd) {
    skipSpace();
    const auto drop = [&](std::string_view text) {
        if (!m_pending.starts_with(text))
            return false;
        m_pending.erase(0, text.size());
        return true;
    };
    if (drop("```"))
        return Step::Again;
    if (drop(m_end)) {
        m_place = Place::Text;
        return Step::Again;
    }
    const std::string_view rest = m_pending;
    if (rest.empty() || (!isEnd && (std::string_view("```").starts_with(rest) ||
                                    std::string_view(m_end).starts_with(rest))))
        return Step::NeedsText;
    m_place = Place::Text;
    return Step::Again;
}

} // namespace

std::unique_ptr<ToolCallParser> newNamedCallParser(ToolFormat format,
                                                   std::span<const ToolDefinition> tools) {
    return std::make_unique<NamedCallParser>(format, tools);
}

} // namespace hearth
