#pragma once

#include <stdexcept>
#include <string>

namespace hearth::jinja {

/// Why a template cannot be parsed or rendered. Thrown inside this library only; Template turns it
/// into an Error. Line 0: not known yet, the interpreter's current line is meant.
class TemplateError : public std::runtime_error {
public:
    explicit TemplateError(const std::string& reason, int line = 0)
        : std::runtime_error(reason)
        , m_line(line) {}

    [[nodiscard]] int line() const { return m_line; }

private:
    int m_line;
};

} // namespace hearth::jinja
