#include "text/tool_calls/call_object_reader.h"
#include "text/tool_calls/tool_parsers.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

struct JsonCallSyntax {
    std::vector<std::string> begins; ///< Markers in front of an object or a list of them,
    std::vector<std::string> ends;   ///< and behind it; they may be missing.
    bool isBare = false;             ///< A reply may also begin with an object or a list.
};

JsonCallSyntax syntaxOf(ToolFormat format) {
    switch (format) {
    case ToolFormat::Hermes:
        return {{"<tool_call>"}, {"</tool_call>"}, false};
    case ToolFormat::Llama3:
        return {{"<|python_tag|>"}, {}, true};
    case ToolFormat::Mistral:
        return {{"[TOOL_CALLS]"}, {}, false};
    case ToolFormat::InternLm2:
        return {{"<|action_start|><|plugin|>", "<|action_start|> <|plugin|>"},
                {"<|action_end|>"},
                false};
    case ToolFormat::Phi4Mini:
        return {{"functools", "<|tool_call|>"}, {"<|/tool_call|>"}, false};
    case ToolFormat::Granite:
        return {{"<|tool_call|>", "<tool_call>"}, {"</tool_call>"}, false};
    default:
        return {{}, {}, true};
    }
}

class JsonCallParser final : public ToolCallParser {
public:
    JsonCallParser(ToolFormat format, std::span<const ToolDefinition> tools)
        : m_syntax(syntaxOf(format)) {
        for (const ToolDefinition& tool : tools)
            m_names.push_back(tool.name);
        if (format == ToolFormat::Mistral)
            m_idLetters = 9;
        m_place = m_syntax.isBare ? Place::Start : Place::Text;
    }

private:
    enum class Place : std::uint8_t {
        Start, ///< Nothing but whitespace was there.
        Text,
        Body,   ///< Behind a marker, or a bare value is to come.
        Object, ///< In a call,
        Behind, ///< and behind one.
        Tail,   ///< The end marker may come.
    };

    Step step(bool isEnd) override;
    Step start(bool isEnd);
    Step text(bool isEnd);
    Step body(bool isEnd);
    Step object(bool isEnd);
    Step behind(bool isEnd);
    Step tail(bool isEnd);
    /// What was taken for the beginning of a call is text.
    Step giveUp() {
        content(std::exchange(m_raw, {}));
        m_place = Place::Text;
        return Step::Again;
    }
    void keep(std::size_t bytes) {
        m_raw.append(m_pending, 0, bytes);
        m_pending.erase(0, bytes);
    }
    /// Keeps whitespace; true if something else follows.
    bool keepSpace() {
        keep(std::min(m_pending.find_first_not_of(" \n\r\t"), m_pending.size()));
        return !m_pending.empty();
    }
    [[nodiscard]] bool mayCall(const std::string& name) const {
        return !m_isBare || m_names.empty() ||
               std::find(m_names.begin(), m_names.end(), name) != m_names.end();
    }

    JsonCallSyntax m_syntax;
    std::vector<std::string> m_names;
    Place m_place = Place::Text;
    CallObjectReader m_reader;
    std::string m_raw; ///< Since the marker, until a call has begun.
    bool m_isBare = false;
    bool m_inList = false;
    bool m_begun = false; ///< The call in hand came out.
};

ToolCallParser::Step JsonCallParser::step(bool isEnd) {
    switch (m_place) {
    case Place::Start:
        return start(isEnd);
    case Place::Text:
        return text(isEnd);
    case Place::Body:
        return body(isEnd);
    case Place::Object:
        return object(isEnd);
    case Place::Behind:
        return behind(isEnd);
    case Place::Tail:
        return tail(isEnd);
    }
    return Step::NeedsText;
}

ToolCallParser::Step JsonCallParser::start(bool isEnd) {
    if (!keepSpace())
        return isEnd && !m_raw.empty() ? giveUp() : Step::NeedsText;
    if (m_pending.front() != '{' && m_pending.front() != '[')
        return giveUp();
    m_isBare = true;
    m_place = Place::Body;
    return Step::Again;
}

ToolCallParser::Step JsonCallParser::text(bool isEnd) {
    const int marker = takeContentBefore(m_syntax.begins, isEnd);
    if (marker < 0)
        return Step::NeedsText;
    m_raw = m_syntax.begins[std::size_t(marker)];
    m_isBare = false;
    m_inList = false;
    m_place = Place::Body;
    return Step::Again;
}

ToolCallParser::Step JsonCallParser::body(bool isEnd) {
    if (!keepSpace())
        return isEnd && !m_raw.empty() ? giveUp() : Step::NeedsText;
    if (m_pending.front() == '[' && !m_inList) {
        m_inList = true;
        keep(1);
        return Step::Again;
    }
    if (m_pending.front() != '{')
        return giveUp();
    m_reader = {};
    m_begun = false;
    m_place = Place::Object;
    return Step::Again;
}

ToolCallParser::Step JsonCallParser::object(bool isEnd) {
    std::size_t read = 0;
    auto state = CallObjectReader::State::Reading;
    while (read < m_pending.size() && state == CallObjectReader::State::Reading)
        state = m_reader.push(m_pending[read++]);
    if (!m_begun && m_reader.isCall() && mayCall(*m_reader.name())) {
        m_begun = true;
        m_raw.clear();
        beginCall(*m_reader.name());
    }
    if (m_begun) {
        m_pending.erase(0, read);
        arguments(m_reader.takeArguments());
    } else {
        keep(read);
    }
    if (state == CallObjectReader::State::Reading)
        return isEnd && !m_begun && !m_raw.empty() ? giveUp() : Step::NeedsText;
    // A call without arguments is one if its name was meant to be.
    if (!m_begun && state == CallObjectReader::State::Done && m_reader.name() && !m_isBare) {
        m_begun = true;
        m_raw.clear();
        beginCall(*m_reader.name());
        arguments("{}");
    }
    if (!m_begun)
        return giveUp();
    m_place = state == CallObjectReader::State::Done ? Place::Behind : Place::Text;
    return Step::Again;
}

ToolCallParser::Step JsonCallParser::behind(bool isEnd) {
    if (!keepSpace()) {
        if (isEnd)
            m_raw.clear();
        return Step::NeedsText;
    }
    const char c = m_pending.front();
    const bool goesOn = m_inList ? c == ',' : c == ';' && m_syntax.isBare;
    if (goesOn) {
        keep(1);
        m_place = Place::Body;
        return Step::Again;
    }
    if (m_inList && c == ']') {
        m_pending.erase(0, 1);
        m_raw.clear();
    }
    m_inList = false;
    m_place = Place::Tail;
    return Step::Again;
}

ToolCallParser::Step JsonCallParser::tail(bool isEnd) {
    if (!keepSpace()) {
        if (isEnd)
            m_raw.clear();
        return Step::NeedsText;
    }
    for (const std::string& end : m_syntax.ends) {
        if (m_pending.starts_with(end)) {
            m_pending.erase(0, end.size());
            m_raw.clear();
            m_place = Place::Text;
            return Step::Again;
        }
        if (!isEnd && end.starts_with(m_pending))
            return Step::NeedsText;
    }
    return giveUp();
}

} // namespace

std::unique_ptr<ToolCallParser> newJsonCallParser(ToolFormat format,
                                                  std::span<const ToolDefinition> tools) {
    return std::make_unique<JsonCallParser>(format, tools);
}

} // namespace hearth
