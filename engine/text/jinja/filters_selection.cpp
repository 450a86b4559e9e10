#include "text/jinja/filters.h"

#include <algorithm>

#include "text/jinja/interpreter.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"
#include "text/jinja/string_methods.h"

namespace hearth::jinja {

namespace {

enum class Keep { Matching, Others };

const std::string& nameArgument(const Value& value) {
    if (value.text() == nullptr)
        throw TemplateError("the name of a filter or test must be a string");
    return value.text()->bytes();
}

/// Positional arguments from `begin` on, and all keywords.
Arguments argumentsFrom(const Arguments& arguments, std::size_t begin) {
    Arguments rest;
    const auto from = std::min(begin, arguments.positional.size());
    rest.positional.assign(arguments.positional.begin() + static_cast<std::ptrdiff_t>(from),
                           arguments.positional.end());
    rest.keyword = arguments.keyword;
    return rest;
}

/// Items for which a test (or their truth) holds; the test is argument `testIndex`, the item's
/// attribute before it if that is 1.
Value selected(Interpreter& interpreter, const Value& operand, const Arguments& arguments,
               Keep keep, std::size_t testIndex) {
    if (arguments.positional.size() < testIndex)
        throw TemplateError("the filter needs an attribute");
    const bool hasTest = arguments.positional.size() > testIndex;
    const Arguments rest = argumentsFrom(arguments, testIndex + 1);
    ListBuilder chosen(interpreter.budget());
    for (const Value& item : interpreter.items(operand)) {
        const Value tested =
            testIndex == 0 ? item : itemAttribute(interpreter, item, arguments.positional[0]);
        const bool holds =
            hasTest
                ? interpreter.applyTest(nameArgument(arguments.positional[testIndex]), tested, rest)
                : tested.truthy();
        if (holds == (keep == Keep::Matching))
            chosen.add(item);
    }
    return chosen.take();
}

template<Keep keep, std::size_t testIndex>
Value select(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    return selected(interpreter, operand, arguments, keep, testIndex);
}

Value map(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    ListBuilder mapped(interpreter.budget());
    if (arguments.positional.empty()) {
        const Parameters parameters("map", arguments, {"attribute", "default"});
        for (const Value& item : interpreter.items(operand)) {
            Value value = itemAttribute(interpreter, item, parameters.require(0));
            mapped.add(value.isUndefined() && parameters.some(1) != nullptr ? *parameters.some(1)
                                                                            : value);
        }
        return mapped.take();
    }
    const std::string& name = nameArgument(arguments.positional[0]);
    const Arguments rest = argumentsFrom(arguments, 1);
    for (const Value& item : interpreter.items(operand))
        mapped.add(interpreter.applyFilter(name, item, rest));
    return mapped.take();
}

struct Keyed {
    Value key;
    Value item;
};

/// What items are ordered by: themselves, an attribute, or several with commas between them.
Value sortKey(Interpreter& interpreter, const Value& item, const Value* attribute,
              bool caseSensitive) {
    if (attribute == nullptr)
        return comparisonKey(interpreter, item, caseSensitive);
    const Text* names = attribute->text();
    if (names == nullptr || names->bytes().find(',') == std::string::npos)
        return comparisonKey(interpreter, itemAttribute(interpreter, item, *attribute),
                             caseSensitive);
    static const Text kComma(",");
    ListBuilder keys(interpreter.budget());
    for (Text& name : splitText(interpreter.budget(), *names, &kComma, -1, SplitFrom::Left))
        keys.add(comparisonKey(
            interpreter,
            itemAttribute(interpreter, item, makeText(interpreter.budget(), std::move(name))),
            caseSensitive));
    return keys.take();
}

std::vector<Keyed> keyedItems(Interpreter& interpreter, const Value& operand,
                              const Value* attribute, bool caseSensitive) {
    std::vector<Keyed> keyed;
    for (const Value& item : interpreter.items(operand)) {
        interpreter.budget().build(sizeof(Keyed));
        keyed.push_back({sortKey(interpreter, item, attribute, caseSensitive), item});
    }
    return keyed;
}

enum class Direction { Up, Down };

void sortByKey(Budget& budget, std::vector<Keyed>& keyed, Direction direction) {
    std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
        return direction == Direction::Up ? compare(budget, a.key, b.key).sign < 0
                                          : compare(budget, b.key, a.key).sign < 0;
    });
}

Value itemsOf(Budget& budget, const std::vector<Keyed>& keyed) {
    ListBuilder list(budget);
    for (const Keyed& entry : keyed)
        list.add(entry.item);
    return list.take();
}

Value sort(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("sort", arguments, {"reverse", "case_sensitive", "attribute"});
    std::vector<Keyed> keyed =
        keyedItems(interpreter, operand, parameters.some(2), parameters.truth(1, false));
    sortByKey(interpreter.budget(), keyed,
              parameters.truth(0, false) ? Direction::Down : Direction::Up);
    return itemsOf(interpreter.budget(), keyed);
}

Value dictSort(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("dictsort", arguments, {"case_sensitive", "by", "reverse"});
    const std::string by = parameters.find(1) != nullptr ? parameters.text(1).bytes() : "key";
    if (by != "key" && by != "value")
        throw TemplateError("you can only sort by either 'key' or 'value'");
    if (operand.dict() == nullptr)
        throw TemplateError("dictsort needs a mapping");
    std::vector<Keyed> keyed;
    for (const auto& [key, value] : operand.dict()->entries) {
        interpreter.budget().build(sizeof(Keyed));
        keyed.push_back(
            {comparisonKey(interpreter, by == "key" ? key : value, parameters.truth(0, false)),
             makeTuple(interpreter.budget(), {key, value})});
    }
    sortByKey(interpreter.budget(), keyed,
              parameters.truth(2, false) ? Direction::Down : Direction::Up);
    return itemsOf(interpreter.budget(), keyed);
}

Value unique(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("unique", arguments, {"case_sensitive", "attribute"});
    Budget& budget = interpreter.budget();
    std::vector<Value> seen;
    ListBuilder kept(budget);
    for (const Keyed& entry :
         keyedItems(interpreter, operand, parameters.some(1), parameters.truth(0, false))) {
        const bool known = std::any_of(seen.begin(), seen.end(), [&](const Value& key) {
            return equal(budget, key, entry.key);
        });
        if (known)
            continue;
        seen.push_back(entry.key);
        kept.add(entry.item);
    }
    return kept.take();
}

template<Direction direction>
Value extreme(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("min or max", arguments, {"case_sensitive", "attribute"});
    const std::vector<Keyed> keyed =
        keyedItems(interpreter, operand, parameters.some(1), parameters.truth(0, false));
    if (keyed.empty())
        return Value::undefined("no aggregated item, the sequence is empty");
    const Keyed* best = &keyed.front();
    for (const Keyed& entry : keyed) {
        const int sign = compare(interpreter.budget(), entry.key, best->key).sign;
        if (direction == Direction::Up ? sign > 0 : sign < 0)
            best = &entry;
    }
    return best->item;
}

Value groupBy(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("groupby", arguments, {"attribute", "default", "case_sensitive"});
    Budget& budget = interpreter.budget();
    const bool caseSensitive = parameters.truth(2, false);
    const auto groupKey = [&](const Value& item) {
        Value key = itemAttribute(interpreter, item, parameters.require(0));
        return key.isUndefined() && parameters.some(1) != nullptr ? *parameters.some(1) : key;
    };
    std::vector<Keyed> keyed;
    for (const Value& item : interpreter.items(operand)) {
        budget.build(sizeof(Keyed));
        keyed.push_back({comparisonKey(interpreter, groupKey(item), caseSensitive), item});
    }
    sortByKey(budget, keyed, Direction::Up);
    ListBuilder groups(budget);
    for (std::size_t begin = 0; begin < keyed.size();) {
        ListBuilder group(budget);
        std::size_t end = begin;
        for (; end < keyed.size() && equal(budget, keyed[begin].key, keyed[end].key); ++end)
            group.add(keyed[end].item);
        // NaN equals nothing, not even itself, yet makes a group of one.
        end = std::max(end, begin + 1);
        groups.add(makeTuple(budget, {groupKey(keyed[begin].item), group.take()}));
        begin = end;
    }
    return groups.take();
}

} // namespace

const FilterTable& selectionFilters() {
    static const FilterTable kFilters = {
        {"map", map},
        {"select", select<Keep::Matching, 0>},
        {"reject", select<Keep::Others, 0>},
        {"selectattr", select<Keep::Matching, 1>},
        {"rejectattr", select<Keep::Others, 1>},
        {"sort", sort},
        {"dictsort", dictSort},
        {"unique", unique},
        {"min", extreme<Direction::Down>},
        {"max", extreme<Direction::Up>},
        {"groupby", groupBy},
    };
    return kFilters;
}

} // namespace hearth::jinja
