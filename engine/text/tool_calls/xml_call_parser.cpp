#include "text/tool_calls/tool_parsers.h"

#include <nlohmann/json.hpp>

#include <map>
#include <utility>

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

struct XmlSyntax {
    std::vector<std::string> begins; ///< A call may begin here,
    std::string nameBegin;           ///< its name after this (perhaps the same),
    std::string nameEnd;
    std::string keyBegin;
    std::string keyEnd;
    std::string valueBegin; ///< May be empty.
    std::string valueEnd;
    std::string close;      ///< Ends the call,
    std::string outerClose; ///< and may be followed by this.
};

/// Bytes that are no UTF-8 become U+FFFD.
std::string jsonString(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

XmlSyntax syntaxOf(ToolFormat format) {
    if (format == ToolFormat::Glm45)
        return {{"<tool_call>"}, "", "\n", "<arg_key>", "</arg_key>", "<arg_value>",
                "</arg_value>", "</tool_call>", ""};
    return {{"<tool_call>", "<function="}, "<function=", ">", "<parameter=", ">", "",
            "</parameter>", "</function>", "</tool_call>"};
}

/// Each argument comes out when it is whole: what it is in JSON depends on all of it.
class XmlCallParser final : public ToolCallParser {
public:
    XmlCallParser(ToolFormat format, std::span<const ToolDefinition> tools)
        : m_syntax(syntaxOf(format)) {
        for (const ToolDefinition& tool : tools) {
            const Json schema = Json::parse(tool.parametersJson, nullptr, false);
            if (schema.is_object() && schema.contains("properties"))
                m_properties[tool.name] = schema["properties"];
        }
    }

private:
    enum class Place : std::uint8_t { Text, Open, Name, Arguments, Tail };

    Step step(bool isEnd) override {
        switch (m_place) {
        case Place::Text:
            return text(isEnd);
        case Place::Open:
            return open(isEnd);
        case Place::Name:
            return name(isEnd);
        case Place::Arguments:
            return readArguments(isEnd);
        case Place::Tail:
            return tail(isEnd);
        }
        return Step::NeedsText;
    }
    Step text(bool isEnd);
    Step open(bool isEnd);
    Step name(bool isEnd);
    Step readArguments(bool isEnd);
    Step tail(bool isEnd);
    [[nodiscard]] std::string valueText(const std::string& key, std::string text) const;
    Step giveUp() {
        content(std::exchange(m_marker, {}));
        m_place = Place::Text;
        return Step::Again;
    }

    const XmlSyntax m_syntax;
    std::map<std::string, Json> m_properties; ///< By tool.
    std::string m_marker;                     ///< What was taken since the text, to be given back.
    std::string m_name;
    bool m_hasArguments = false;
    Place m_place = Place::Text;
};

ToolCallParser::Step XmlCallParser::text(bool isEnd) {
    const int marker = takeContentBefore(m_syntax.begins, isEnd);
    if (marker < 0)
        return Step::NeedsText;
    m_marker = m_syntax.begins[std::size_t(marker)];
    const bool isName = m_syntax.nameBegin.empty() || m_marker == m_syntax.nameBegin;
    m_place = isName ? Place::Name : Place::Open;
    return Step::Again;
}

ToolCallParser::Step XmlCallParser::open(bool isEnd) {
    const std::size_t first = m_pending.find_first_not_of(" \n\r\t");
    m_marker.append(m_pending, 0, std::min(first, m_pending.size()));
    skipSpace();
    if (m_pending.starts_with(m_syntax.nameBegin)) {
        m_marker += m_syntax.nameBegin;
        m_pending.erase(0, m_syntax.nameBegin.size());
        m_place = Place::Name;
        return Step::Again;
    }
    if (!isEnd && m_syntax.nameBegin.starts_with(m_pending))
        return Step::NeedsText;
    return giveUp();
}

ToolCallParser::Step XmlCallParser::name(bool isEnd) {
    // Without arguments the call closes behind its name.
    const std::size_t end = std::min(m_pending.find(m_syntax.nameEnd), m_pending.find('<'));
    if (end == std::string::npos)
        return isEnd || m_pending.size() > 256 ? giveUp() : Step::NeedsText;
    m_name = m_pending.substr(0, end);
    if (m_name.empty())
        return giveUp();
    m_pending.erase(0, end);
    if (m_pending.starts_with(m_syntax.nameEnd))
        m_pending.erase(0, m_syntax.nameEnd.size());
    m_marker.clear();
    m_hasArguments = false;
    beginCall(m_name);
    m_place = Place::Arguments;
    return Step::Again;
}

ToolCallParser::Step XmlCallParser::readArguments(bool isEnd) {
    skipSpace();
    if (m_pending.starts_with(m_syntax.close)) {
        m_pending.erase(0, m_syntax.close.size());
        arguments(m_hasArguments ? "}" : "{}");
        m_place = m_syntax.outerClose.empty() ? Place::Text : Place::Tail;
        return Step::Again;
    }
    const std::size_t key = m_syntax.keyBegin.size();
    const std::size_t keyEnd = m_pending.find(m_syntax.keyEnd);
    const std::size_t valueEnd = m_pending.find(m_syntax.valueEnd);
    const bool mayBeKey = m_pending.starts_with(m_syntax.keyBegin) ||
                          m_syntax.keyBegin.starts_with(m_pending) ||
                          m_syntax.close.starts_with(m_pending);
    if (!mayBeKey) {
        // Neither an argument nor the end: the call ends where it broke off.
        arguments(m_hasArguments ? "}" : "{}");
        m_place = Place::Text;
        return Step::Again;
    }
    if (valueEnd == std::string::npos || keyEnd > valueEnd) {
        if (isEnd && !m_pending.empty())
            m_pending.clear();
        return Step::NeedsText;
    }
    const std::string name = m_pending.substr(key, keyEnd - key);
    std::size_t begin = keyEnd + m_syntax.keyEnd.size();
    if (!m_syntax.valueBegin.empty())
        begin = std::min(m_pending.find(m_syntax.valueBegin, begin), valueEnd - 1) +
                m_syntax.valueBegin.size();
    std::string value = m_pending.substr(std::min(begin, valueEnd),
                                         valueEnd - std::min(begin, valueEnd));
    m_pending.erase(0, valueEnd + m_syntax.valueEnd.size());
    arguments((m_hasArguments ? ", " : "{") + jsonString(name) + ": " +
              valueText(name, std::move(value)));
    m_hasArguments = true;
    return Step::Again;
}

std::string XmlCallParser::valueText(const std::string& key, std::string text) const {
    if (text.starts_with('\n'))
        text.erase(0, 1);
    if (text.ends_with('\n'))
        text.pop_back();
    const auto tool = m_properties.find(m_name);
    if (tool != m_properties.end() && tool->second.is_object() && tool->second.contains(key)) {
        const Json& schema = tool->second[key];
        const Json type = schema.is_object() ? schema.value("type", Json()) : Json();
        if (type != "string") {
            const Json value = Json::parse(text, nullptr, false);
            if (!value.is_discarded())
                return value.dump();
        }
    }
    return jsonString(text);
}

ToolCallParser::Step XmlCallParser::tail(bool isEnd) {
    skipSpace();
    if (m_pending.starts_with(m_syntax.outerClose)) {
        m_pending.erase(0, m_syntax.outerClose.size());
    } else if (m_pending.empty() || (!isEnd && m_syntax.outerClose.starts_with(m_pending))) {
        return Step::NeedsText;
    }
    m_place = Place::Text;
    return Step::Again;
}

} // namespace

std::unique_ptr<ToolCallParser> newXmlCallParser(ToolFormat format,
                                                 std::span<const ToolDefinition> tools) {
    return std::make_unique<XmlCallParser>(format, tools);
}

} // namespace hearth
