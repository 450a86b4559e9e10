#include "text/jinja/tests.h"

#include <unordered_map>

#include "text/jinja/filters.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"
#include "text/jinja/printing.h"

namespace hearth::jinja {

namespace {

void takesNothing(const Arguments& arguments) {
    const Parameters none("test", arguments, {});
}

template<Operator operation>
bool compares(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("test", arguments, {"other"});
    return applyComparison(interpreter, operation, operand, parameters.require(0));
}

template<bool (*predicate)(const Value&)>
bool is(Interpreter&, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    return predicate(operand);
}

double remainder(Interpreter& interpreter, const Value& operand, std::int64_t divisor) {
    const Value rest = applyBinary(interpreter, Operator::Modulo, operand, Value(divisor));
    if (!rest.isNumber())
        throw TemplateError("the test needs a number");
    return rest.number();
}

bool odd(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    return remainder(interpreter, operand, 2) == 1;
}

bool even(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    return remainder(interpreter, operand, 2) == 0;
}

bool divisibleBy(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("divisibleby", arguments, {"num"});
    return remainder(interpreter, operand, parameters.integer(0)) == 0;
}

/// Identity of immutable values: the same object or an equal singleton.
bool sameAs(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("sameas", arguments, {"other"});
    const Value& other = parameters.require(0);
    if (operand.list() != nullptr || operand.dict() != nullptr)
        return operand.list() == other.list() && operand.dict() == other.dict();
    return operand.typeName() == other.typeName() && equal(interpreter.budget(), operand, other);
}

bool isLowerCase(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    const Value text = makePaidText(interpreter.budget(), stringOf(interpreter.budget(), operand));
    return callMethod(interpreter, text, "islower", {}).truthy();
}

bool isUpperCase(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    const Value text = makePaidText(interpreter.budget(), stringOf(interpreter.budget(), operand));
    return callMethod(interpreter, text, "isupper", {}).truthy();
}

bool isFilterName(Interpreter&, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    return operand.text() != nullptr && findFilter(operand.text()->bytes()) != nullptr;
}

bool isTestName(Interpreter&, const Value& operand, const Arguments& arguments) {
    takesNothing(arguments);
    return operand.text() != nullptr && findTest(operand.text()->bytes()) != nullptr;
}

bool isDefined(const Value& value) {
    return !value.isUndefined();
}
bool isUndefined(const Value& value) {
    return value.isUndefined();
}
bool isNone(const Value& value) {
    return value.isNone();
}
bool isBoolean(const Value& value) {
    return value.isBool();
}
bool isTrue(const Value& value) {
    return value.isBool() && value.truthy();
}
bool isFalse(const Value& value) {
    return value.isBool() && !value.truthy();
}
bool isInteger(const Value& value) {
    return value.isInteger() && !value.isBool();
}
bool isFloat(const Value& value) {
    return value.isFloat();
}
bool isNumber(const Value& value) {
    return value.isNumber();
}
bool isString(const Value& value) {
    return value.text() != nullptr;
}
bool isMapping(const Value& value) {
    return value.dict() != nullptr;
}
/// Whatever has a length and items, which an undefined value has too.
bool isSequence(const Value& value) {
    return value.text() != nullptr || value.list() != nullptr || value.dict() != nullptr ||
           value.isUndefined();
}
bool isCallable(const Value& value) {
    return value.method() != nullptr || value.isUndefined() ||
           (value.object() != nullptr && value.object()->callable());
}
bool isEscaped(const Value& value) {
    return value.text() != nullptr && value.text()->isMarkup();
}

} // namespace

const TestFunction* findTest(std::string_view name) {
    static const std::unordered_map<std::string_view, TestFunction> kTests = {
        {"defined", is<isDefined>},
        {"undefined", is<isUndefined>},
        {"none", is<isNone>},
        {"boolean", is<isBoolean>},
        {"true", is<isTrue>},
        {"false", is<isFalse>},
        {"integer", is<isInteger>},
        {"float", is<isFloat>},
        {"number", is<isNumber>},
        {"string", is<isString>},
        {"mapping", is<isMapping>},
        {"sequence", is<isSequence>},
        {"iterable", is<isSequence>},
        {"callable", is<isCallable>},
        {"escaped", is<isEscaped>},
        {"lower", isLowerCase},
        {"upper", isUpperCase},
        {"filter", isFilterName},
        {"test", isTestName},
        {"odd", odd},
        {"even", even},
        {"divisibleby", divisibleBy},
        {"sameas", sameAs},
        {"in", compares<Operator::In>},
        {"==", compares<Operator::Equal>},
        {"eq", compares<Operator::Equal>},
        {"equalto", compares<Operator::Equal>},
        {"!=", compares<Operator::NotEqual>},
        {"ne", compares<Operator::NotEqual>},
        {"<", compares<Operator::Less>},
        {"lt", compares<Operator::Less>},
        {"lessthan", compares<Operator::Less>},
        {"<=", compares<Operator::LessEqual>},
        {"le", compares<Operator::LessEqual>},
        {">", compares<Operator::Greater>},
        {"gt", compares<Operator::Greater>},
        {"greaterthan", compares<Operator::Greater>},
        {">=", compares<Operator::GreaterEqual>},
        {"ge", compares<Operator::GreaterEqual>},
    };
    const auto found = kTests.find(name);
    return found != kTests.end() ? &found->second : nullptr;
}

} // namespace hearth::jinja
