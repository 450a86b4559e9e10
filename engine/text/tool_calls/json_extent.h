#pragma once

#include <cstdint>

namespace hearth {

/// Finds the end of a JSON value that arrives byte by byte. It does not check the value: only
/// brackets and strings count.
class JsonExtent {
public:
    enum class State : std::uint8_t {
        Inside,     ///< The byte belongs to the value, which goes on.
        Ends,       ///< The byte is the value's last.
        EndsBefore, ///< The value ended with the byte before.
    };
    State push(char c) {
        if (m_inString) {
            if (m_escaped)
                m_escaped = false;
            else if (c == '\\')
                m_escaped = true;
            else if (c == '"')
                m_inString = false;
            return !m_inString && m_depth == 0 ? State::Ends : State::Inside;
        }
        switch (c) {
        case '"':
            m_inString = true;
            m_begun = true;
            return State::Inside;
        case '{':
        case '[':
            ++m_depth;
            m_begun = true;
            return State::Inside;
        case '}':
        case ']':
            if (m_depth == 0)
                return State::EndsBefore;
            return --m_depth == 0 ? State::Ends : State::Inside;
        case ',':
        case ' ':
        case '\n':
        case '\t':
        case '\r':
            return m_depth == 0 && m_begun ? State::EndsBefore : State::Inside;
        default:
            m_begun = true;
            return State::Inside;
        }
    }

private:
    int m_depth = 0;
    bool m_begun = false; ///< Something else than whitespace was there.
    bool m_inString = false;
    bool m_escaped = false;
};

} // namespace hearth
