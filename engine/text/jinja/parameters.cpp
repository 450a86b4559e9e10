#include "text/jinja/parameters.h"

#include <algorithm>

namespace hearth::jinja {

Parameters::Parameters(std::string_view callee, const Arguments& arguments,
                       std::initializer_list<std::string_view> names)
    : m_callee(callee)
    , m_names(names)
    , m_values(names.size()) {
    if (arguments.positional.size() > m_names.size())
        throw TemplateError(m_callee + "() takes at most " + std::to_string(m_names.size()) +
                            " arguments, " + std::to_string(arguments.positional.size()) +
                            " were given");
    for (std::size_t i = 0; i < arguments.positional.size(); ++i)
        m_values[i] = &arguments.positional[i];
    for (const auto& [name, value] : arguments.keyword) {
        const auto found = std::find(m_names.begin(), m_names.end(), name);
        if (found == m_names.end())
            throw TemplateError(m_callee + "() has no argument '" + name + "'");
        const Value*& slot = m_values[static_cast<std::size_t>(found - m_names.begin())];
        if (slot != nullptr)
            throw TemplateError(m_callee + "() got two values for '" + name + "'");
        slot = &value;
    }
}

const Value* Parameters::some(std::size_t index) const {
    const Value* value = m_values[index];
    return value != nullptr && !value->isNone() ? value : nullptr;
}

const Value& Parameters::require(std::size_t index) const {
    if (m_values[index] == nullptr)
        throw TemplateError(m_callee + "() needs the argument '" + std::string(m_names[index]) +
                            "'");
    return *m_values[index];
}

const Text& Parameters::text(std::size_t index) const {
    const Text* text = require(index).text();
    if (text == nullptr)
        wrongType(index, "str");
    return *text;
}

std::int64_t Parameters::integer(std::size_t index) const {
    if (!require(index).isInteger())
        wrongType(index, "int");
    return m_values[index]->integer();
}

std::int64_t Parameters::integer(std::size_t index, std::int64_t otherwise) const {
    return m_values[index] == nullptr ? otherwise : integer(index);
}

bool Parameters::truth(std::size_t index, bool otherwise) const {
    return m_values[index] == nullptr ? otherwise : m_values[index]->truthy();
}

void Parameters::wrongType(std::size_t index, std::string_view wanted) const {
    const std::string* reason = m_values[index]->undefinedReason();
    throw TemplateError(reason != nullptr ? *reason
                                          : m_callee + "(): '" + std::string(m_names[index]) +
                                                "' must be " + std::string(wanted) + ", not " +
                                                std::string(m_values[index]->typeName()));
}

} // namespace hearth::jinja
