#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

struct Scope;

/// A global function.
class Function : public Object {
public:
    using Body = Value (*)(Interpreter&, const Arguments&);

    Function(std::string_view name, Body body)
        : m_name(name)
        , m_body(body) {}
    [[nodiscard]] std::string_view typeName() const override { return "function"; }
    [[nodiscard]] bool callable() const override { return true; }
    Value call(Interpreter& interpreter, const Arguments& arguments) override {
        return m_body(interpreter, arguments);
    }
    [[nodiscard]] std::string representation() const override {
        return "<function " + std::string(m_name) + ">";
    }

private:
    std::string_view m_name;
    Body m_body;
};

/// What namespace() makes: attributes that {% set ns.name = … %} changes.
class Namespace : public Object {
public:
    [[nodiscard]] std::string_view typeName() const override { return "Namespace"; }
    [[nodiscard]] Value attribute(Interpreter& interpreter, std::string_view name) override;
    void set(Budget& budget, std::string_view name, Value value);

private:
    std::vector<std::pair<std::string, Value>> m_attributes;
};

/// A macro, or the body of a call block, together with where it was defined.
class Macro : public Object {
public:
    Macro(const Statement& definition, Scope& scope)
        : m_definition(definition)
        , m_scope(scope) {}
    [[nodiscard]] std::string_view typeName() const override { return "Macro"; }
    [[nodiscard]] bool callable() const override { return true; }
    [[nodiscard]] Value attribute(Interpreter& interpreter, std::string_view name) override;
    Value call(Interpreter& interpreter, const Arguments& arguments) override;

private:
    const Statement& m_definition;
    Scope& m_scope;
};

/// The variable `loop`.
class Loop : public Object {
public:
    Loop(const Statement& statement, Scope& scope, std::shared_ptr<const List> items,
         std::int64_t depth)
        : m_statement(statement)
        , m_scope(scope)
        , m_items(std::move(items))
        , m_depth(depth) {}
    [[nodiscard]] std::string_view typeName() const override { return "LoopContext"; }
    [[nodiscard]] bool callable() const override { return m_statement.recursive; }
    [[nodiscard]] Value attribute(Interpreter& interpreter, std::string_view name) override;
    /// loop(children) of a recursive loop.
    Value call(Interpreter& interpreter, const Arguments& arguments) override;

    void advanceTo(std::int64_t index) { m_index = index; }
    Value cycle(const Arguments& arguments) const;
    bool changed(Budget& budget, const Arguments& arguments);

private:
    const Statement& m_statement;
    Scope& m_scope;
    std::shared_ptr<const List> m_items;
    std::int64_t m_index = 0;
    std::int64_t m_depth;
    bool m_hasSeen = false;
    std::vector<Value> m_seen;
};

/// What cycler() makes.
class Cycler : public Object {
public:
    explicit Cycler(std::vector<Value> items)
        : m_items(std::move(items)) {}
    [[nodiscard]] std::string_view typeName() const override { return "Cycler"; }
    [[nodiscard]] Value attribute(Interpreter& interpreter, std::string_view name) override;
    Value next();
    void reset() { m_position = 0; }

private:
    std::vector<Value> m_items;
    std::size_t m_position = 0;
};

/// What joiner() makes: nothing when called first, the separator from then on.
class Joiner : public Object {
public:
    explicit Joiner(Value separator)
        : m_separator(std::move(separator)) {}
    [[nodiscard]] std::string_view typeName() const override { return "Joiner"; }
    [[nodiscard]] bool callable() const override { return true; }
    Value call(Interpreter& interpreter, const Arguments& arguments) override;

private:
    Value m_separator;
    bool m_used = false;
};

} // namespace hearth::jinja
