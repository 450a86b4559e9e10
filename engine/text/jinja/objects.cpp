#include "text/jinja/objects.h"

#include <algorithm>

#include "text/jinja/interpreter.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"

namespace hearth::jinja {

Value Namespace::attribute(Interpreter& interpreter, std::string_view name) {
    const auto found =
        std::find_if(m_attributes.begin(), m_attributes.end(),
                     [name](const auto& attribute) { return attribute.first == name; });
    return found != m_attributes.end() ? found->second : Object::attribute(interpreter, name);
}

void Namespace::set(Budget& budget, std::string_view name, Value value) {
    budget.step(m_attributes.size() / 16);
    for (auto& [known, old] : m_attributes) {
        if (known == name) {
            old = std::move(value);
            return;
        }
    }
    budget.build(sizeof(m_attributes.front()) + name.size());
    m_attributes.emplace_back(name, std::move(value));
}

Value Macro::attribute(Interpreter& interpreter, std::string_view name) {
    if (name == "name")
        return makeText(interpreter.budget(), m_definition.name);
    return Object::attribute(interpreter, name);
}

Value Macro::call(Interpreter& interpreter, const Arguments& arguments) {
    return interpreter.callMacro(m_definition, m_scope, arguments);
}

Value Loop::attribute(Interpreter& interpreter, std::string_view name) {
    const auto count = static_cast<std::int64_t>(m_items->items.size());
    const auto neighbour = [&](std::int64_t index, std::string_view what) {
        if (index < 0 || index >= count)
            return Value::undefined("there is no " + std::string(what) + " item");
        return m_items->items[static_cast<std::size_t>(index)];
    };
    if (name == "index")
        return Value(m_index + 1);
    if (name == "index0")
        return Value(m_index);
    if (name == "revindex")
        return Value(count - m_index);
    if (name == "revindex0")
        return Value(count - m_index - 1);
    if (name == "first")
        return Value(m_index == 0);
    if (name == "last")
        return Value(m_index + 1 == count);
    if (name == "length")
        return Value(count);
    if (name == "depth")
        return Value(m_depth);
    if (name == "depth0")
        return Value(m_depth - 1);
    if (name == "previtem")
        return neighbour(m_index - 1, "previous");
    if (name == "nextitem")
        return neighbour(m_index + 1, "next");
    if (name == "cycle" || name == "changed")
        return makeMethod(interpreter.budget(), Value(static_cast<Object*>(this)),
                          std::string(name));
    return Object::attribute(interpreter, name);
}

Value Loop::call(Interpreter& interpreter, const Arguments& arguments) {
    if (!m_statement.recursive)
        throw TemplateError("the loop is not declared 'recursive'");
    const Parameters parameters("loop", arguments, {"iterable"});
    return interpreter.recurse(m_statement, m_scope, parameters.require(0), m_depth + 1);
}

Value Loop::cycle(const Arguments& arguments) const {
    if (arguments.positional.empty())
        throw TemplateError("no items for cycling given");
    return arguments.positional[static_cast<std::size_t>(m_index) % arguments.positional.size()];
}

bool Loop::changed(Budget& budget, const Arguments& arguments) {
    const auto same = [&](const Value& a, const Value& b) { return equal(budget, a, b); };
    if (m_hasSeen && std::equal(m_seen.begin(), m_seen.end(), arguments.positional.begin(),
                                arguments.positional.end(), same))
        return false;
    m_hasSeen = true;
    m_seen = arguments.positional;
    return true;
}

Value Cycler::attribute(Interpreter& interpreter, std::string_view name) {
    if (name == "current")
        return m_items[m_position];
    if (name == "next" || name == "reset")
        return makeMethod(interpreter.budget(), Value(static_cast<Object*>(this)),
                          std::string(name));
    return Object::attribute(interpreter, name);
}

Value Cycler::next() {
    Value current = m_items[m_position];
    m_position = (m_position + 1) % m_items.size();
    return current;
}

Value Joiner::call(Interpreter& interpreter, const Arguments&) {
    if (std::exchange(m_used, true))
        return m_separator;
    return makeText(interpreter.budget(), std::string());
}

} // namespace hearth::jinja
