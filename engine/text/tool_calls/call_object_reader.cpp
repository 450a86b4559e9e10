#include "text/tool_calls/call_object_reader.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace hearth {

namespace {

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

std::optional<std::string> stringOf(const std::string& text) {
    const auto value = nlohmann::json::parse(text, nullptr, false);
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

} // namespace

CallObjectReader::State CallObjectReader::push(char c) {
    switch (m_place) {
    case Place::Begin:
        if (c == '{')
            m_place = Place::BeforeKey;
        else if (!isSpace(c))
            return State::Broken;
        return State::Reading;
    case Place::BeforeKey:
        if (c == '}') {
            m_place = Place::End;
            return State::Done;
        }
        if (c == '"') {
            m_place = Place::Key;
            m_key = c;
            m_extent = {};
            static_cast<void>(m_extent.push(c));
        } else if (!isSpace(c) && c != ',') {
            return State::Broken;
        }
        return State::Reading;
    case Place::Key:
        m_key += c;
        if (m_extent.push(c) == JsonExtent::State::Ends)
            m_place = Place::BeforeColon;
        return State::Reading;
    case Place::BeforeColon:
        if (c == ':')
            m_place = Place::BeforeValue;
        else if (!isSpace(c))
            return State::Broken;
        return State::Reading;
    case Place::BeforeValue:
        if (isSpace(c))
            return State::Reading;
        m_place = Place::Value;
        m_extent = {};
        m_value.clear();
        // Some models write the arguments as a string of JSON: it is read whole.
        m_isArguments = (m_key == "\"arguments\"" || m_key == "\"parameters\"") && !m_hasArguments;
        m_hasArguments = m_hasArguments || m_isArguments;
        m_isArguments = m_isArguments && c != '"';
        [[fallthrough]];
    case Place::Value: {
        const JsonExtent::State state = m_extent.push(c);
        if (state != JsonExtent::State::EndsBefore)
            (m_isArguments ? m_arguments : m_value) += c;
        if (state == JsonExtent::State::Inside)
            return State::Reading;
        endValue();
        m_place = Place::BeforeKey;
        return state == JsonExtent::State::EndsBefore ? push(c) : State::Reading;
    }
    case Place::End:
        break;
    }
    return State::Broken;
}

void CallObjectReader::endValue() {
    if (m_key == "\"name\"" && !m_name)
        m_name = stringOf(m_value);
    else if (!m_isArguments && (m_key == "\"arguments\"" || m_key == "\"parameters\""))
        m_arguments += stringOf(m_value).value_or("");
    m_isArguments = false;
}

std::string CallObjectReader::takeArguments() {
    return m_name ? std::exchange(m_arguments, {}) : std::string();
}

} // namespace hearth
