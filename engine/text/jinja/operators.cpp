#include "text/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "text/jinja/interpreter.h"
#include "text/jinja/search.h"
#include "text/jinja/text_format.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

std::string_view spelling(Operator operation) {
    switch (operation) {
    case Operator::Add:
        return "+";
    case Operator::Subtract:
        return "-";
    case Operator::Multiply:
        return "*";
    case Operator::Divide:
        return "/";
    case Operator::FloorDivide:
        return "//";
    case Operator::Modulo:
        return "%";
    default:
        return "**";
    }
}

[[noreturn]] void failOperands(Operator operation, const Value& left, const Value& right) {
    if (left.isUndefined())
        failUndefined(left);
    if (right.isUndefined())
        failUndefined(right);
    throw TemplateError("unsupported operand types for " + std::string(spelling(operation)) +
                        ": '" + std::string(left.typeName()) + "' and '" +
                        std::string(right.typeName()) + "'");
}

[[noreturn]] void failOverflow() {
    throw TemplateError("an integer leaves 64 bits");
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b) {
    if (b == -1) {
        std::int64_t result = 0;
        if (__builtin_sub_overflow(std::int64_t{0}, a, &result))
            failOverflow();
        return result;
    }
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::int64_t floorModulo(std::int64_t a, std::int64_t b) {
    if (b == -1)
        return 0;
    const std::int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double floorModulo(double a, double b) {
    const double rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
    std::int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result))
            failOverflow();
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
            failOverflow();
    }
    return result;
}

Value integerArithmetic(Operator operation, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    bool overflow = false;
    switch (operation) {
    case Operator::Add:
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case Operator::Subtract:
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case Operator::Multiply:
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    case Operator::FloorDivide:
        result = floorDivide(a, b);
        break;
    case Operator::Modulo:
        result = floorModulo(a, b);
        break;
    default:
        result = power(a, b);
    }
    if (overflow)
        failOverflow();
    return Value(result);
}

Value floatArithmetic(Operator operation, double a, double b) {
    switch (operation) {
    case Operator::Add:
        return Value(a + b);
    case Operator::Subtract:
        return Value(a - b);
    case Operator::Multiply:
        return Value(a * b);
    case Operator::Divide:
        return Value(a / b);
    case Operator::FloorDivide:
        return Value(std::floor((a - floorModulo(a, b)) / b + 0.5));
    case Operator::Modulo:
        return Value(floorModulo(a, b));
    default:
        if (a < 0 && b != std::floor(b))
            throw TemplateError("a power of a negative number is not real");
        return Value(std::pow(a, b));
    }
}

Value numberArithmetic(Operator operation, const Value& left, const Value& right) {
    const bool divides = operation == Operator::Divide || operation == Operator::FloorDivide ||
                         operation == Operator::Modulo;
    const bool inverts = operation == Operator::Power && left.number() == 0 && right.number() < 0;
    if ((divides && right.number() == 0) || inverts)
        throw TemplateError("division by zero");
    const bool integers = left.isInteger() && right.isInteger();
    const bool wholeResult =
        operation != Operator::Divide && (operation != Operator::Power || right.number() >= 0);
    if (integers && wholeResult)
        return integerArithmetic(operation, left.integer(), right.integer());
    return floatArithmetic(operation, left.number(), right.number());
}

Value concatenated(Budget& budget, const Text& left, const Text& right) {
    TextBuilder builder(budget);
    const bool markup = left.isMarkup() || right.isMarkup();
    builder.append(markup && !left.isMarkup() ? escapedMarkup(budget, left) : left);
    builder.append(markup && !right.isMarkup() ? escapedMarkup(budget, right) : right);
    Text text = builder.take();
    text.setMarkup(markup);
    return makePaidText(budget, std::move(text));
}

Value added(Budget& budget, const Value& left, const Value& right) {
    if (left.text() != nullptr && right.text() != nullptr)
        return concatenated(budget, *left.text(), *right.text());
    const List* first = left.list();
    const List* second = right.list();
    if (first == nullptr || second == nullptr || first->isTuple != second->isTuple)
        failOperands(Operator::Add, left, right);
    budget.build((first->items.size() + second->items.size()) * sizeof(Value));
    std::vector<Value> items = first->items;
    items.insert(items.end(), second->items.begin(), second->items.end());
    return first->isTuple ? makeTuple(budget, std::move(items))
                          : makeList(budget, std::move(items));
}

Value repeated(Budget& budget, const Value& sequence, std::int64_t times) {
    const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
    if (const Text* text = sequence.text()) {
        TextBuilder builder(budget);
        builder.repeat(*text, count);
        return makePaidText(budget, builder.take());
    }
    const List& list = *sequence.list();
    const std::size_t bytes = list.items.size() * sizeof(Value);
    if (bytes != 0 && count > budget.limits().maxBuiltBytes / bytes)
        throw TemplateError("the template builds too much text or too long lists");
    budget.build(bytes * count);
    std::vector<Value> items;
    for (std::size_t i = 0; i < count && bytes != 0; ++i)
        items.insert(items.end(), list.items.begin(), list.items.end());
    return list.isTuple ? makeTuple(budget, std::move(items)) : makeList(budget, std::move(items));
}

bool contains(Interpreter& interpreter, const Value& container, const Value& item) {
    Budget& budget = interpreter.budget();
    if (const Text* text = container.text()) {
        if (item.text() == nullptr)
            throw TemplateError("'in <string>' requires string as left operand, not " +
                                std::string(item.typeName()));
        budget.walk(text->size());
        return findBytes(text->bytes(), item.text()->bytes(), 0) != std::string::npos;
    }
    if (const Dict* dict = container.dict())
        return findKey(budget, *dict, item) != nullptr;
    const auto candidates = interpreter.items(container);
    return std::any_of(candidates->items.begin(), candidates->items.end(),
                       [&](const Value& candidate) { return equal(budget, candidate, item); });
}

/// A slice's bounds resolved against a length, as Python's slice.indices() does.
struct SliceRange {
    std::int64_t start;
    std::int64_t stop;
    std::int64_t step;
};

std::int64_t bound(const Value* given, std::int64_t otherwise, std::int64_t length,
                   std::int64_t lowest, std::int64_t highest) {
    if (given == nullptr || given->isNone())
        return otherwise;
    if (given->isUndefined())
        failUndefined(*given);
    if (!given->isInteger())
        throw TemplateError("slice indices must be integers or None");
    std::int64_t index = given->integer();
    if (index < 0)
        index += length;
    return std::clamp(index, lowest, highest);
}

SliceRange resolve(const Value* start, const Value* stop, const Value* step, std::int64_t length) {
    std::int64_t stride = 1;
    if (step != nullptr && !step->isNone()) {
        if (!step->isInteger())
            throw TemplateError("slice indices must be integers or None");
        stride = step->integer();
    }
    if (stride == 0)
        throw TemplateError("slice step cannot be zero");
    // A longer stride than the sequence picks one item, whatever its size.
    stride = std::clamp(stride, -length - 1, length + 1);
    if (stride > 0)
        return {bound(start, 0, length, 0, length), bound(stop, length, length, 0, length), stride};
    return {bound(start, length - 1, length, -1, length - 1),
            bound(stop, -1, length, -1, length - 1), stride};
}

template<typename Visit>
void forEachIndex(const SliceRange& range, Visit visit) {
    for (std::int64_t i = range.start; range.step > 0 ? i < range.stop : i > range.stop;
         i += range.step)
        visit(static_cast<std::size_t>(i));
}

Value slicedText(Budget& budget, const Text& text, const Value* start, const Value* stop,
                 const Value* step) {
    budget.walk(text.size());
    std::vector<std::size_t> offsets;
    const bool ascii = isAscii(text.bytes());
    if (!ascii) {
        budget.build(text.size() * sizeof(std::size_t));
        offsets = codePointOffsets(text.bytes());
    }
    const auto offset = [&](std::size_t index) { return ascii ? index : offsets[index]; };
    const std::size_t length = ascii ? text.size() : offsets.size() - 1;
    const SliceRange range = resolve(start, stop, step, static_cast<std::int64_t>(length));
    TextBuilder builder(budget);
    if (range.step == 1 && range.start < range.stop)
        builder.append(text, offset(static_cast<std::size_t>(range.start)),
                       offset(static_cast<std::size_t>(range.stop)));
    else
        forEachIndex(range, [&](std::size_t i) { builder.append(text, offset(i), offset(i + 1)); });
    return makePaidText(budget, builder.take());
}

} // namespace

void failUndefined(const Value& undefined) {
    const std::string* reason = undefined.undefinedReason();
    throw TemplateError(reason != nullptr ? *reason : "the value is undefined");
}

Text escapedMarkup(Budget& budget, const Text& text) {
    TextBuilder builder(budget);
    const std::string& bytes = text.bytes();
    std::size_t runBegin = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string_view entity;
        switch (bytes[at]) {
        case '&':
            entity = "&amp;";
            break;
        case '<':
            entity = "&lt;";
            break;
        case '>':
            entity = "&gt;";
            break;
        case '\'':
            entity = "&#39;";
            break;
        case '"':
            entity = "&#34;";
            break;
        default:
            continue;
        }
        builder.append(text, runBegin, at);
        builder.append(entity, text.trustAt(at));
        runBegin = at + 1;
    }
    builder.append(text, runBegin, bytes.size());
    Text escaped = builder.take();
    escaped.setMarkup(true);
    return escaped;
}

Value applyBinary(Interpreter& interpreter, Operator operation, const Value& left,
                  const Value& right) {
    Budget& budget = interpreter.budget();
    if (left.isNumber() && right.isNumber())
        return numberArithmetic(operation, left, right);
    if (operation == Operator::Add)
        return added(budget, left, right);
    const auto repeatable = [](const Value& value) {
        return value.text() != nullptr || value.list() != nullptr;
    };
    if (operation == Operator::Multiply && repeatable(left) && right.isInteger())
        return repeated(budget, left, right.integer());
    if (operation == Operator::Multiply && left.isInteger() && repeatable(right))
        return repeated(budget, right, left.integer());
    if (operation == Operator::Modulo && left.text() != nullptr && !right.isUndefined())
        return percentFormatted(interpreter, *left.text(), right);
    failOperands(operation, left, right);
}

Value negated(const Value& operand) {
    if (operand.isFloat())
        return Value(-operand.number());
    if (operand.isInteger())
        return integerArithmetic(Operator::Subtract, 0, operand.integer());
    if (operand.isUndefined())
        failUndefined(operand);
    throw TemplateError("bad operand type for unary -: '" + std::string(operand.typeName()) + "'");
}

Value unaryPlus(const Value& operand) {
    if (operand.isFloat())
        return operand;
    if (operand.isInteger())
        return Value(operand.integer());
    if (operand.isUndefined())
        failUndefined(operand);
    throw TemplateError("bad operand type for unary +: '" + std::string(operand.typeName()) + "'");
}

bool applyComparison(Interpreter& interpreter, Operator operation, const Value& left,
                     const Value& right) {
    Budget& budget = interpreter.budget();
    switch (operation) {
    case Operator::Equal:
        return equal(budget, left, right);
    case Operator::NotEqual:
        return !equal(budget, left, right);
    case Operator::In:
        return contains(interpreter, right, left);
    case Operator::NotIn:
        return !contains(interpreter, right, left);
    default:
        break;
    }
    const Order order = compare(budget, left, right);
    if (order.unordered)
        return false;
    switch (operation) {
    case Operator::Less:
        return order.sign < 0;
    case Operator::LessEqual:
        return order.sign <= 0;
    case Operator::Greater:
        return order.sign > 0;
    default:
        return order.sign >= 0;
    }
}

Value sliced(Interpreter& interpreter, const Value& sequence, const Value* start, const Value* stop,
             const Value* step) {
    Budget& budget = interpreter.budget();
    if (const Text* text = sequence.text())
        return slicedText(budget, *text, start, stop, step);
    const List* list = sequence.list();
    if (list == nullptr) {
        if (sequence.isUndefined())
            failUndefined(sequence);
        throw TemplateError("'" + std::string(sequence.typeName()) + "' object cannot be sliced");
    }
    const SliceRange range =
        resolve(start, stop, step, static_cast<std::int64_t>(list->items.size()));
    ListBuilder builder(budget);
    forEachIndex(range, [&](std::size_t i) { builder.add(list->items[i]); });
    return list->isTuple ? builder.takeTuple() : builder.take();
}

Value itemAt(Budget& budget, const Value& sequence, std::int64_t index) {
    if (const List* list = sequence.list()) {
        const auto length = static_cast<std::int64_t>(list->items.size());
        const std::int64_t position = index < 0 ? index + length : index;
        if (position >= 0 && position < length)
            return list->items[static_cast<std::size_t>(position)];
    } else {
        const Text& text = *sequence.text();
        budget.walk(text.size());
        const auto length = static_cast<std::int64_t>(countCodePoints(text.bytes()));
        const std::int64_t position = index < 0 ? index + length : index;
        if (position >= 0 && position < length) {
            std::size_t at = 0;
            for (std::int64_t i = 0; i < position; ++i)
                at += codePointAt(text.bytes(), at).length;
            return makeText(budget, text.slice(at, at + codePointAt(text.bytes(), at).length));
        }
    }
    return Value::undefined("'" + std::string(sequence.typeName()) + " object' has no element " +
                            std::to_string(index));
}

} // namespace hearth::jinja
