#include "text/jinja/filters.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/tests.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

Value Interpreter::evaluate(const Expression& expression) {
    const Budget::Level level(m_budget);
    m_budget.step();
    m_line = expression.line;
    const auto operand = [&](std::size_t index) { return evaluate(*expression.operands[index]); };
    switch (expression.kind) {
    case ExpressionKind::Constant:
        return expression.constant;
    case ExpressionKind::Name:
    case ExpressionKind::NamespaceRef:
        return evaluateName(expression);
    case ExpressionKind::List:
    case ExpressionKind::Tuple:
        return evaluateSequence(expression);
    case ExpressionKind::Dict:
        return evaluateDict(expression);
    case ExpressionKind::Attribute:
        return attribute(operand(0), expression.name);
    case ExpressionKind::Subscript:
        return evaluateSubscript(expression);
    case ExpressionKind::Slice:
        throw TemplateError("a slice cannot be part of a tuple");
    case ExpressionKind::Call:
        return evaluateCall(expression, nullptr);
    case ExpressionKind::Filter:
        return evaluateFilter(expression, nullptr);
    case ExpressionKind::Test: {
        const Value tested = operand(0);
        return Value(applyTest(expression.name, tested, evaluateArguments(expression.arguments)));
    }
    case ExpressionKind::Not:
        return Value(!operand(0).truthy());
    case ExpressionKind::Negate:
        return negated(operand(0));
    case ExpressionKind::Plus:
        return unaryPlus(operand(0));
    case ExpressionKind::Binary: {
        const Value left = operand(0);
        return applyBinary(*this, expression.operators[0], left, operand(1));
    }
    case ExpressionKind::And: {
        Value left = operand(0);
        return left.truthy() ? operand(1) : left;
    }
    case ExpressionKind::Or: {
        Value left = operand(0);
        return left.truthy() ? left : operand(1);
    }
    case ExpressionKind::Concat:
        return evaluateConcat(expression);
    case ExpressionKind::Compare:
        return evaluateCompare(expression);
    case ExpressionKind::Conditional:
        return evaluateConditional(expression);
    }
    return {};
}

Value Interpreter::evaluateName(const Expression& expression) {
    const std::string& name = expression.name;
    std::uint64_t visited = 0;
    for (const Scope* scope = m_scope; scope != nullptr; scope = scope->parent) {
        for (const auto& [known, value] : scope->variables) {
            if (known == name)
                return value;
        }
        visited += scope->variables.size();
    }
    m_budget.step(visited / 16);
    const auto global = m_globals.find(name);
    if (global != m_globals.end())
        return global->second;
    return Value::undefined("'" + name + "' is undefined");
}

Value Interpreter::evaluateSequence(const Expression& expression) {
    ListBuilder builder(m_budget);
    for (const ExpressionPtr& item : expression.operands)
        builder.add(evaluate(*item));
    return expression.kind == ExpressionKind::Tuple ? builder.takeTuple() : builder.take();
}

Value Interpreter::evaluateDict(const Expression& expression) {
    std::vector<std::pair<Value, Value>> entries;
    for (std::size_t i = 0; i < expression.operands.size(); i += 2) {
        Value key = evaluate(*expression.operands[i]);
        setKey(m_budget, entries, std::move(key), evaluate(*expression.operands[i + 1]));
    }
    return makeDict(m_budget, std::move(entries));
}

Value Interpreter::evaluateSubscript(const Expression& expression) {
    const Value sequence = evaluate(*expression.operands[0]);
    const Expression& index = *expression.operands[1];
    if (index.kind != ExpressionKind::Slice)
        return subscript(sequence, evaluate(index));
    Value bounds[3];
    const Value* given[3] = {};
    for (std::size_t i = 0; i < 3; ++i) {
        if (index.operands[i] == nullptr)
            continue;
        bounds[i] = evaluate(*index.operands[i]);
        given[i] = &bounds[i];
    }
    return sliced(*this, sequence, given[0], given[1], given[2]);
}

Value Interpreter::evaluateCall(const Expression& expression, const Value* caller) {
    const Value callee = evaluate(*expression.operands[0]);
    Arguments arguments = evaluateArguments(expression.arguments);
    if (caller != nullptr)
        arguments.keyword.emplace_back("caller", *caller);
    m_line = expression.line;
    return call(callee, arguments);
}

Value Interpreter::evaluateFilter(const Expression& expression, const Value* blockText) {
    const Budget::Level level(m_budget);
    const Expression* inner = expression.operands[0].get();
    Value operand;
    if (inner == nullptr)
        operand = *blockText;
    else
        operand = blockText != nullptr ? evaluateFilter(*inner, blockText) : evaluate(*inner);
    const Arguments arguments = evaluateArguments(expression.arguments);
    m_line = expression.line;
    return applyFilter(expression.name, operand, arguments);
}

Value Interpreter::evaluateConcat(const Expression& expression) {
    TextBuilder builder(m_budget);
    for (const ExpressionPtr& operand : expression.operands)
        appendString(builder, evaluate(*operand));
    return makePaidText(m_budget, builder.take());
}

Value Interpreter::evaluateCompare(const Expression& expression) {
    Value left = evaluate(*expression.operands[0]);
    for (std::size_t i = 0; i < expression.operators.size(); ++i) {
        Value right = evaluate(*expression.operands[i + 1]);
        if (!applyComparison(*this, expression.operators[i], left, right))
            return Value(false);
        left = std::move(right);
    }
    return Value(true);
}

Value Interpreter::evaluateConditional(const Expression& expression) {
    if (evaluate(*expression.operands[0]).truthy())
        return evaluate(*expression.operands[1]);
    if (expression.operands[2] != nullptr)
        return evaluate(*expression.operands[2]);
    return Value::undefined("the inline if-expression evaluated to false and has no else");
}

Arguments Interpreter::evaluateArguments(const std::vector<Argument>& arguments) {
    Arguments evaluated;
    for (const Argument& argument : arguments) {
        Value value = evaluate(*argument.value);
        switch (argument.kind) {
        case Argument::Kind::Positional:
            evaluated.positional.push_back(std::move(value));
            break;
        case Argument::Kind::Keyword:
            evaluated.keyword.emplace_back(argument.name, std::move(value));
            break;
        case Argument::Kind::Unpack: {
            const auto unpacked = items(value);
            m_budget.build(unpacked->items.size() * sizeof(Value));
            evaluated.positional.insert(evaluated.positional.end(), unpacked->items.begin(),
                                        unpacked->items.end());
            break;
        }
        case Argument::Kind::UnpackKeywords:
            unpackKeywords(value, evaluated);
            break;
        }
    }
    return evaluated;
}

void Interpreter::unpackKeywords(const Value& value, Arguments& arguments) {
    if (value.dict() == nullptr)
        throw TemplateError("the argument after ** must be a mapping, not " +
                            std::string(value.typeName()));
    for (const auto& [key, item] : value.dict()->entries) {
        if (key.text() == nullptr)
            throw TemplateError("keywords must be strings");
        m_budget.build(key.text()->size() + sizeof(Value));
        arguments.keyword.emplace_back(key.text()->bytes(), item);
    }
}

Value Interpreter::call(const Value& callee, const Arguments& arguments) {
    if (const BoundMethod* method = callee.method())
        return callMethod(*this, method->self, method->name, arguments);
    if (Object* object = callee.object())
        return object->call(*this, arguments);
    if (callee.isUndefined())
        failUndefined(callee);
    throw TemplateError("'" + std::string(callee.typeName()) + "' object is not callable");
}

Value Interpreter::attribute(const Value& value, std::string_view name) {
    if (value.isUndefined())
        failUndefined(value);
    const std::string type(value.typeName());
    if (name.starts_with("__") || isMutatingMethod(value, name))
        return Value::undefined("access to attribute '" + std::string(name) + "' of '" + type +
                                "' object is unsafe");
    if (Object* object = value.object())
        return object->attribute(*this, name);
    if (hasMethod(value, name))
        return makeMethod(m_budget, value, std::string(name));
    if (const Dict* dict = value.dict()) {
        if (const Value* found = findKey(m_budget, *dict, name))
            return *found;
    }
    return Value::undefined("'" + type + " object' has no attribute '" + std::string(name) + "'");
}

Value Interpreter::subscript(const Value& value, const Value& key) {
    if (value.isUndefined())
        failUndefined(value);
    if (const Dict* dict = value.dict()) {
        const Value* found = key.text() != nullptr ? findKey(m_budget, *dict, key.text()->bytes())
                                                   : findKey(m_budget, *dict, key);
        if (found != nullptr)
            return *found;
    } else if (key.isInteger() && (value.list() != nullptr || value.text() != nullptr)) {
        return itemAt(m_budget, value, key.integer());
    }
    if (key.text() != nullptr)
        return attribute(value, key.text()->bytes());
    TextBuilder shown(m_budget);
    appendRepresentation(shown, key);
    return Value::undefined("'" + std::string(value.typeName()) + " object' has no element " +
                            shown.take().bytes());
}

Items Interpreter::items(const Value& value) {
    if (auto list = value.sharedList())
        return Items(std::move(list));
    ListBuilder builder(m_budget);
    if (const Text* text = value.text()) {
        for (std::size_t at = 0; at < text->size();) {
            const std::size_t end = at + codePointAt(text->bytes(), at).length;
            builder.add(makeText(m_budget, text->slice(at, end)));
            at = end;
        }
    } else if (const Dict* dict = value.dict()) {
        for (const auto& [key, entry] : dict->entries)
            builder.add(key);
    } else if (!value.isUndefined()) {
        throw TemplateError("'" + std::string(value.typeName()) + "' object is not iterable");
    }
    return Items(builder.take().sharedList());
}

Value Interpreter::applyFilter(std::string_view name, const Value& operand,
                               const Arguments& arguments) {
    m_budget.step();
    if (const Text* text = operand.text())
        m_budget.walk(text->size());
    const FilterFunction* filter = findFilter(name);
    if (filter == nullptr)
        throw TemplateError("no filter named '" + std::string(name) + "'");
    return (*filter)(*this, operand, arguments);
}

bool Interpreter::applyTest(std::string_view name, const Value& operand,
                            const Arguments& arguments) {
    m_budget.step();
    const TestFunction* test = findTest(name);
    if (test == nullptr)
        throw TemplateError("no test named '" + std::string(name) + "'");
    return (*test)(*this, operand, arguments);
}

} // namespace hearth::jinja
