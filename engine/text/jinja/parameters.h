#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

/// Binds the arguments of a call to named parameters, as Python does: by position or by name, each
/// at most once. Throws TemplateError on one too many, unknown or of the wrong type.
class Parameters {
public:
    Parameters(std::string_view callee, const Arguments& arguments,
               std::initializer_list<std::string_view> names);
    /// The arguments are referred to, not copied.
    Parameters(std::string_view callee, Arguments&& arguments,
               std::initializer_list<std::string_view> names) = delete;

    /// Null if it was not given.
    [[nodiscard]] const Value* find(std::size_t index) const { return m_values[index]; }
    /// Null if it was not given or is None.
    [[nodiscard]] const Value* some(std::size_t index) const;
    [[nodiscard]] const Value& require(std::size_t index) const;
    [[nodiscard]] const Text& text(std::size_t index) const;
    [[nodiscard]] std::int64_t integer(std::size_t index) const;
    [[nodiscard]] std::int64_t integer(std::size_t index, std::int64_t otherwise) const;
    [[nodiscard]] bool truth(std::size_t index, bool otherwise) const;

private:
    [[noreturn]] void wrongType(std::size_t index, std::string_view wanted) const;

    std::string m_callee;
    std::vector<std::string_view> m_names;
    std::vector<const Value*> m_values;
};

} // namespace hearth::jinja
