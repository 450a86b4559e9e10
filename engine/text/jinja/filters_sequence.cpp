#include "text/jinja/filters.h"

#include <algorithm>

#include "text/jinja/interpreter.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"
#include "text/jinja/printing.h"
#include "text/jinja/string_methods.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

Value defaulted(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("default", arguments, {"default_value", "boolean"});
    if (!operand.isUndefined() && (!parameters.truth(1, false) || operand.truthy()))
        return operand;
    return parameters.find(0) != nullptr ? *parameters.find(0)
                                         : makeText(interpreter.budget(), std::string());
}

Value length(Interpreter&, const Value& operand, const Arguments& arguments) {
    const Parameters none("length", arguments, {});
    std::size_t count = 0;
    if (const Text* text = operand.text())
        count = countCodePoints(text->bytes());
    else if (const List* list = operand.list())
        count = list->items.size();
    else if (const Dict* dict = operand.dict())
        count = dict->entries.size();
    else if (!operand.isUndefined())
        throw TemplateError("object of type '" + std::string(operand.typeName()) +
                            "' has no length");
    return Value(static_cast<std::int64_t>(count));
}

Value join(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("join", arguments, {"d", "attribute"});
    Budget& budget = interpreter.budget();
    const Text separator =
        parameters.find(0) != nullptr ? stringOf(budget, *parameters.find(0)) : Text();
    const Value* attribute = parameters.some(1);
    TextBuilder builder(budget);
    bool first = true;
    for (const Value& item : interpreter.items(operand)) {
        if (!first)
            builder.append(separator);
        first = false;
        appendString(builder,
                     attribute != nullptr ? itemAttribute(interpreter, item, *attribute) : item);
    }
    return makePaidText(budget, builder.take());
}

Value first(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("first", arguments, {});
    const auto items = interpreter.items(operand);
    return items->items.empty() ? Value::undefined("no first item, the sequence is empty")
                                : items->items.front();
}

Value last(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("last", arguments, {});
    const auto items = interpreter.items(operand);
    return items->items.empty() ? Value::undefined("no last item, the sequence is empty")
                                : items->items.back();
}

Value toList(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("list", arguments, {});
    const auto items = interpreter.items(operand);
    if (!items->isTuple)
        return Value(items.shared());
    ListBuilder copy(interpreter.budget());
    for (const Value& item : items->items)
        copy.add(item);
    return copy.take();
}

Value reverse(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("reverse", arguments, {});
    const Value backwards(std::int64_t{-1});
    if (operand.text() != nullptr)
        return sliced(interpreter, operand, nullptr, nullptr, &backwards);
    return sliced(interpreter, Value(interpreter.items(operand).shared()), nullptr, nullptr,
                  &backwards);
}

Value items(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("items", arguments, {});
    if (operand.isUndefined())
        return makeList(interpreter.budget(), {});
    if (operand.dict() == nullptr)
        throw TemplateError("can only get item pairs from a mapping");
    return callMethod(interpreter, operand, "items", {});
}

Value sum(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("sum", arguments, {"attribute", "start"});
    const Value* attribute = parameters.some(0);
    Value total = parameters.find(1) != nullptr ? *parameters.find(1) : Value(std::int64_t{0});
    if (total.text() != nullptr)
        throw TemplateError("sum() cannot sum strings");
    for (const Value& item : interpreter.items(operand))
        total =
            applyBinary(interpreter, Operator::Add, total,
                        attribute != nullptr ? itemAttribute(interpreter, item, *attribute) : item);
    return total;
}

/// Items cut into rows of `size`, the last one filled up with `fill` (null: left short).
Value batch(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("batch", arguments, {"linecount", "fill_with"});
    const std::int64_t size = parameters.integer(0);
    const auto all = interpreter.items(operand);
    ListBuilder rows(interpreter.budget());
    ListBuilder row(interpreter.budget());
    for (const Value& item : all->items) {
        if (static_cast<std::int64_t>(row.items().size()) == size)
            rows.add(row.take());
        row.add(item);
    }
    if (row.items().empty())
        return rows.take();
    while (parameters.some(1) != nullptr && static_cast<std::int64_t>(row.items().size()) < size)
        row.add(*parameters.some(1));
    rows.add(row.take());
    return rows.take();
}

/// Items dealt to `slices` columns, the first ones longer.
Value slice(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("slice", arguments, {"slices", "fill_with"});
    const auto all = interpreter.items(operand);
    const std::int64_t slices = parameters.integer(0);
    if (slices <= 0)
        throw TemplateError("slice needs at least one slice");
    const auto count = static_cast<std::int64_t>(all->items.size());
    const std::int64_t shortest = count / slices;
    const std::int64_t longer = count % slices;
    ListBuilder columns(interpreter.budget());
    std::int64_t at = 0;
    for (std::int64_t column = 0; column < slices; ++column) {
        interpreter.budget().step();
        ListBuilder builder(interpreter.budget());
        const std::int64_t end = at + shortest + (column < longer ? 1 : 0);
        for (; at < end; ++at)
            builder.add(all->items[static_cast<std::size_t>(at)]);
        if (parameters.some(1) != nullptr && column >= longer)
            builder.add(*parameters.some(1));
        columns.add(builder.take());
    }
    return columns.take();
}

/// Attributes only, never keys.
Value attribute(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("attr", arguments, {"name"});
    const std::string& name = parameters.text(0).bytes();
    if (operand.dict() != nullptr && !hasMethod(operand, name))
        return Value::undefined("'dict object' has no attribute '" + name + "'");
    return interpreter.attribute(operand, name);
}

} // namespace

Value itemAttribute(Interpreter& interpreter, const Value& item, const Value& attribute) {
    Budget& budget = interpreter.budget();
    if (attribute.text() == nullptr)
        return interpreter.subscript(item, attribute);
    static const Text kDot(".");
    Value value = item;
    for (const Text& part : splitText(budget, *attribute.text(), &kDot, -1, SplitFrom::Left)) {
        const std::string& name = part.bytes();
        const bool isIndex = !name.empty() && name.size() < 10 &&
                             name.find_first_not_of("0123456789") == std::string::npos;
        value = isIndex ? interpreter.subscript(value,
                                                Value(static_cast<std::int64_t>(std::stoll(name))))
                        : interpreter.subscript(value, makeText(budget, part));
    }
    return value;
}

Value comparisonKey(Interpreter& interpreter, const Value& item, bool caseSensitive) {
    if (caseSensitive || item.text() == nullptr)
        return item;
    return makePaidText(interpreter.budget(),
                        changedCase(interpreter.budget(), *item.text(), CaseChange::Lower));
}

const FilterTable& sequenceFilters() {
    static const FilterTable kFilters = {
        {"default", defaulted}, {"d", defaulted},    {"length", length}, {"count", length},
        {"join", join},         {"first", first},    {"last", last},     {"list", toList},
        {"reverse", reverse},   {"items", items},    {"sum", sum},       {"batch", batch},
        {"slice", slice},       {"attr", attribute},
    };
    return kFilters;
}

} // namespace hearth::jinja
