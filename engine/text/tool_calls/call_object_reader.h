#pragma once

#include "text/tool_calls/json_extent.h"

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// Reads one call, {"name": …, "arguments" or "parameters": …}, byte by byte. The arguments' text
/// comes out as it arrives once the name is known.
class CallObjectReader {
public:
    enum class State : std::uint8_t { Reading, Done, Broken };

    State push(char c);
    /// Name and arguments were found, or the beginning of the latter.
    [[nodiscard]] bool isCall() const { return m_name && m_hasArguments; }
    [[nodiscard]] const std::optional<std::string>& name() const { return m_name; }
    /// Arguments since the last call of this function; nothing before the name is known.
    [[nodiscard]] std::string takeArguments();

private:
    enum class Place : std::uint8_t { Begin, BeforeKey, Key, BeforeColon, BeforeValue, Value, End };

    void endValue();

    Place m_place = Place::Begin;
    JsonExtent m_extent;
    std::string m_key;   ///< With its quotes.
    std::string m_value; ///< Of what is no arguments, and of arguments that are a string.
    std::optional<std::string> m_name;
    std::string m_arguments;
    bool m_hasArguments = false;
    bool m_isArguments = false; ///< The value being read.
};

} // namespace hearth
