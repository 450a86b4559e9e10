#include "text/jinja/interpreter.h"

#include <nlohmann/json.hpp>

#include "text/jinja/globals.h"
#include "text/jinja/objects.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/variables.h"

namespace hearth::jinja {

/// A scope for as long as the guard lives. If it was captured, the interpreter keeps it.
class Interpreter::ScopeGuard {
public:
    ScopeGuard(Interpreter& interpreter, Scope* parent)
        : m_interpreter(interpreter)
        , m_outer(interpreter.m_scope)
        , m_own(std::make_unique<Scope>()) {
        m_own->parent = parent;
        m_interpreter.m_scope = m_own.get();
    }
    ~ScopeGuard() {
        m_interpreter.m_scope = m_outer;
        if (!m_own->captured)
            return;
        m_own->nextKept = m_interpreter.m_keptScopes;
        m_interpreter.m_keptScopes = m_own.release();
    }
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;

private:
    Interpreter& m_interpreter;
    Scope* const m_outer;
    std::unique_ptr<Scope> m_own;
};

Interpreter::Interpreter(const RenderLimits& limits, const nlohmann::ordered_json& variables,
                         const TrustPolicy* trust)
    : m_budget(limits) {
    addGlobals(*this, m_globals);
    if (!variables.is_object() && !variables.is_null())
        throw TemplateError("the variables must be an object");
    for (auto variable = variables.begin(); variable != variables.end(); ++variable)
        m_globals[variable.key()] =
            fromJson(variable.value(), variable.key(), trust, limits.maxDepth);
}

Interpreter::~Interpreter() {
    while (m_keptScopes != nullptr) {
        const std::unique_ptr<Scope> kept(m_keptScopes);
        m_keptScopes = kept->nextKept;
    }
}

Text Interpreter::run(const TemplateNode& root) {
    return capture([&] {
        const ScopeGuard scope(*this, nullptr);
        execute(root.body);
    });
}

Text Interpreter::capture(const std::function<void()>& action) {
    TextBuilder builder(m_budget);
    struct Restore {
        TextBuilder*& slot;
        TextBuilder* outer;
        ~Restore() { slot = outer; }
    } const restore{m_output, std::exchange(m_output, &builder)};
    action();
    return builder.take();
}

Interpreter::Flow Interpreter::execute(const Body& body) {
    for (const Statement& statement : body) {
        const Flow flow = execute(statement);
        if (flow != Flow::Normal)
            return flow;
    }
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Statement& statement) {
    const Budget::Level level(m_budget);
    m_budget.step();
    m_line = statement.line;
    switch (statement.kind) {
    case StatementKind::Data:
        m_output->append(statement.name, Trust::Trusted);
        m_budget.checkOutput(m_output->size());
        return Flow::Normal;
    case StatementKind::Print:
        print(evaluate(*statement.expression));
        return Flow::Normal;
    case StatementKind::If:
        return executeIf(statement);
    case StatementKind::For:
        return runLoop(statement, evaluate(*statement.expression), 1);
    case StatementKind::Set:
        assign(*statement.target, evaluate(*statement.expression));
        return Flow::Normal;
    case StatementKind::SetBlock:
        executeSetBlock(statement);
        return Flow::Normal;
    case StatementKind::Macro:
        capturePosition();
        setVariable(statement.name, Value(static_cast<Object*>(adopt<Macro>(statement, *m_scope))));
        return Flow::Normal;
    case StatementKind::CallBlock:
        executeCallBlock(statement);
        return Flow::Normal;
    case StatementKind::FilterBlock:
        executeFilterBlock(statement);
        return Flow::Normal;
    case StatementKind::With:
        return executeWith(statement);
    case StatementKind::Generation: {
        const ScopeGuard scope(*this, m_scope);
        return execute(statement.body);
    }
    case StatementKind::Break:
        return Flow::Break;
    case StatementKind::Continue:
        return Flow::Continue;
    }
    return Flow::Normal;
}

void Interpreter::print(const Value& value) {
    appendString(*m_output, value);
    m_budget.checkOutput(m_output->size());
}

Interpreter::Flow Interpreter::executeIf(const Statement& statement) {
    for (const Branch& branch : statement.branches) {
        if (evaluate(*branch.condition).truthy())
            return execute(branch.body);
    }
    return execute(statement.otherwise);
}

Items Interpreter::loopItems(const Statement& statement, const Value& iterable) {
    Items all = items(iterable);
    if (statement.condition == nullptr)
        return all;
    ListBuilder chosen(m_budget);
    for (const Value& item : all->items) {
        const ScopeGuard scope(*this, m_scope);
        assign(*statement.target, item);
        if (evaluate(*statement.condition).truthy())
            chosen.add(item);
    }
    return Items(chosen.take().sharedList());
}

Interpreter::Flow Interpreter::runLoop(const Statement& statement, const Value& iterable,
                                       std::int64_t depth) {
    const Items visited = loopItems(statement, iterable);
    if (visited->items.empty()) {
        const ScopeGuard scope(*this, m_scope);
        return execute(statement.otherwise);
    }
    if (statement.recursive)
        capturePosition();
    auto* loop = adopt<Loop>(statement, *m_scope, visited.shared(), depth);
    for (std::size_t i = 0; i < visited->items.size(); ++i) {
        m_budget.step();
        const ScopeGuard scope(*this, m_scope);
        loop->advanceTo(static_cast<std::int64_t>(i));
        assign(*statement.target, visited->items[i]);
        setVariable("loop", Value(static_cast<Object*>(loop)));
        if (execute(statement.body) == Flow::Break)
            break;
    }
    return Flow::Normal;
}

Value Interpreter::recurse(const Statement& loop, Scope& scope, const Value& iterable,
                           std::int64_t depth) {
    const Budget::Level level(m_budget);
    return makePaidText(m_budget, capture([&] {
                            const ScopeGuard inner(*this, &scope);
                            runLoop(loop, iterable, depth);
                        }));
}

Value Interpreter::filterText(const Expression* filters, Text text) {
    const Value value = makePaidText(m_budget, std::move(text));
    return filters == nullptr ? value : evaluateFilter(*filters, &value);
}

void Interpreter::executeSetBlock(const Statement& statement) {
    Text text = capture([&] {
        const ScopeGuard scope(*this, m_scope);
        execute(statement.body);
    });
    assign(*statement.target, filterText(statement.expression.get(), std::move(text)));
}

void Interpreter::executeFilterBlock(const Statement& statement) {
    Text text = capture([&] {
        const ScopeGuard scope(*this, m_scope);
        execute(statement.body);
    });
    print(filterText(statement.expression.get(), std::move(text)));
}

void Interpreter::executeCallBlock(const Statement& statement) {
    capturePosition();
    const Value caller(static_cast<Object*>(adopt<Macro>(statement, *m_scope)));
    print(evaluateCall(*statement.expression, &caller));
}

Interpreter::Flow Interpreter::executeWith(const Statement& statement) {
    std::vector<Value> values;
    for (const Parameter& variable : statement.parameters)
        values.push_back(evaluate(*variable.defaultValue));
    const ScopeGuard scope(*this, m_scope);
    for (std::size_t i = 0; i < values.size(); ++i)
        setVariable(statement.parameters[i].name, std::move(values[i]));
    return execute(statement.body);
}

void Interpreter::assign(const Expression& target, const Value& value) {
    switch (target.kind) {
    case ExpressionKind::Tuple: {
        const Items parts = items(value);
        if (parts->items.size() != target.operands.size())
            throw TemplateError("cannot unpack " + std::to_string(parts->items.size()) +
                                " values into " + std::to_string(target.operands.size()));
        for (std::size_t i = 0; i < parts->items.size(); ++i)
            assign(*target.operands[i], parts->items[i]);
        return;
    }
    case ExpressionKind::NamespaceRef: {
        const Value owner = evaluateName(target);
        auto* holder = dynamic_cast<Namespace*>(owner.object());
        if (holder == nullptr)
            throw TemplateError("cannot assign attribute on non-namespace object");
        holder->set(m_budget, target.attribute, value);
        return;
    }
    default:
        setVariable(target.name, value);
    }
}

void Interpreter::setVariable(std::string_view name, Value value) {
    for (auto& [known, old] : m_scope->variables) {
        if (known == name) {
            old = std::move(value);
            return;
        }
    }
    m_scope->variables.emplace_back(name, std::move(value));
}

/// Keeps the current scope and those around it until the rendering ends.
void Interpreter::capturePosition() {
    for (Scope* scope = m_scope; scope != nullptr && !scope->captured; scope = scope->parent) {
        m_budget.build(sizeof(Scope) + kObjectOverheadBytes);
        scope->captured = true;
    }
}

Value Interpreter::callMacro(const Statement& macro, Scope& scope, const Arguments& arguments) {
    const Budget::Level level(m_budget);
    const int callLine = m_line;
    Text text = capture([&] {
        const ScopeGuard inner(*this, &scope);
        bindParameters(macro, arguments);
        execute(macro.body);
    });
    m_line = callLine;
    return makePaidText(m_budget, std::move(text));
}

void Interpreter::bindParameters(const Statement& macro, const Arguments& arguments) {
    const auto& parameters = macro.parameters;
    const std::size_t given = arguments.positional.size();
    if (given > parameters.size() && !macro.usesVarargs)
        throw TemplateError("macro '" + macro.name + "' takes not more than " +
                            std::to_string(parameters.size()) + " arguments");
    std::vector<std::pair<Value, Value>> rest;
    std::vector<const Value*> values(parameters.size(), nullptr);
    for (std::size_t i = 0; i < std::min(given, parameters.size()); ++i)
        values[i] = &arguments.positional[i];
    Value caller = Value::undefined("no caller defined");
    for (const auto& [name, value] : arguments.keyword) {
        const auto found = std::find_if(
            parameters.begin(), parameters.end(),
            [&wanted = name](const Parameter& parameter) { return parameter.name == wanted; });
        if (found != parameters.end()) {
            const Value*& slot = values[static_cast<std::size_t>(found - parameters.begin())];
            if (slot != nullptr)
                throw TemplateError("macro '" + macro.name + "' got two values for '" + name + "'");
            slot = &value;
        } else if (name == "caller" && macro.usesCaller) {
            caller = value;
        } else if (macro.usesKwargs) {
            setKey(m_budget, rest, makeText(m_budget, name), value);
        } else {
            throw TemplateError("macro '" + macro.name + "' takes no keyword argument '" + name +
                                "'");
        }
    }
    if (macro.usesCaller)
        setVariable("caller", std::move(caller));
    if (macro.usesKwargs)
        setVariable("kwargs", makeDict(m_budget, std::move(rest)));
    if (macro.usesVarargs) {
        ListBuilder more(m_budget);
        for (std::size_t i = parameters.size(); i < given; ++i)
            more.add(arguments.positional[i]);
        setVariable("varargs", more.takeTuple());
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& parameter = parameters[i];
        if (values[i] != nullptr)
            setVariable(parameter.name, *values[i]);
        else if (parameter.defaultValue != nullptr)
            setVariable(parameter.name, evaluate(*parameter.defaultValue));
        else
            setVariable(parameter.name,
                        Value::undefined("parameter '" + parameter.name + "' was not provided"));
    }
}

} // namespace hearth::jinja
