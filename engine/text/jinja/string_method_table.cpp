#include <algorithm>
#include <optional>
#include <unordered_map>

#include "text/jinja/interpreter.h"
#include "text/jinja/methods.h"
#include "text/jinja/parameters.h"
#include "text/jinja/printing.h"
#include "text/jinja/search.h"
#include "text/jinja/string_methods.h"
#include "text/jinja/text_format.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

const Text* optionalText(const Parameters& parameters, std::size_t index) {
    return parameters.some(index) != nullptr ? &parameters.text(index) : nullptr;
}

/// As text.rfind(needle); what the worst case can take is paid for.
std::size_t findLast(Budget& budget, std::string_view text, std::string_view needle) {
    budget.walk(text.size() * needle.size() / 16);
    return text.rfind(needle);
}

template<Side side>
Value strip(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("strip", arguments, {"chars"});
    const Text* characters = optionalText(parameters, 0);
    Budget& budget = interpreter.budget();
    budget.walk(characters != nullptr ? self.text()->size() * characters->size() : 0);
    return makeText(budget, stripped(*self.text(), characters, side));
}

template<CaseChange change>
Value changeCase(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters none("str", arguments, {});
    return makePaidText(interpreter.budget(),
                        changedCase(interpreter.budget(), *self.text(), change));
}

Value listOf(Budget& budget, std::vector<Text> texts) {
    ListBuilder list(budget);
    for (Text& text : texts)
        list.add(makeText(budget, std::move(text)));
    return list.take();
}

template<SplitFrom from>
Value split(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("split", arguments, {"sep", "maxsplit"});
    Budget& budget = interpreter.budget();
    return listOf(budget, splitText(budget, *self.text(), optionalText(parameters, 0),
                                    parameters.integer(1, -1), from));
}

Value splitlines(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("splitlines", arguments, {"keepends"});
    Budget& budget = interpreter.budget();
    return listOf(budget, splitLines(budget, *self.text(),
                                     parameters.truth(0, false) ? LineEnds::Keep : LineEnds::Drop));
}

template<SplitFrom from>
Value partition(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("partition", arguments, {"sep"});
    Budget& budget = interpreter.budget();
    const Text& text = *self.text();
    const Text& separator = parameters.text(0);
    if (separator.size() == 0)
        throw TemplateError("empty separator");
    const std::size_t at = from == SplitFrom::Left
                               ? findBytes(text.bytes(), separator.bytes(), 0)
                               : findLast(budget, text.bytes(), separator.bytes());
    const Value empty = makeText(budget, std::string());
    if (at == std::string::npos)
        return makeTuple(budget, from == SplitFrom::Left ? std::vector<Value>{self, empty, empty}
                                                         : std::vector<Value>{empty, empty, self});
    const std::size_t end = at + separator.size();
    return makeTuple(budget,
                     {makeText(budget, text.slice(0, at)), makeText(budget, text.slice(at, end)),
                      makeText(budget, text.slice(end, text.size()))});
}

/// The byte range that start and end (parameters 1 and 2, in code points) leave of the text.
/// Nothing if the start lies behind the end.
std::optional<Extent> searchRange(const Text& text, const Parameters& parameters) {
    if (parameters.some(1) == nullptr && parameters.some(2) == nullptr)
        return Extent{0, text.size()};
    const std::vector<std::size_t> offsets = codePointOffsets(text.bytes());
    const auto length = static_cast<std::int64_t>(offsets.size()) - 1;
    const auto resolve = [&](std::size_t index, std::int64_t otherwise) {
        std::int64_t position =
            parameters.some(index) != nullptr ? parameters.integer(index) : otherwise;
        if (position < 0)
            position = std::max<std::int64_t>(position + length, 0);
        return position;
    };
    const std::int64_t start = resolve(1, 0);
    const std::int64_t end = std::min(resolve(2, length), length);
    if (start > end)
        return std::nullopt;
    return Extent{offsets[static_cast<std::size_t>(start)], offsets[static_cast<std::size_t>(end)]};
}

enum class Affix { Prefix, Suffix };

template<Affix affix>
Value hasAffix(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters parameters(affix == Affix::Prefix ? "startswith" : "endswith", arguments,
                                {"affix", "start", "end"});
    const auto range = searchRange(*self.text(), parameters);
    if (!range)
        return Value(false);
    const std::string_view text =
        std::string_view(self.text()->bytes()).substr(range->begin, range->end - range->begin);
    const auto matches = [&](const Text& wanted) {
        return affix == Affix::Prefix ? text.starts_with(wanted.bytes())
                                      : text.ends_with(wanted.bytes());
    };
    const List* several = parameters.require(0).list();
    if (several == nullptr || !several->isTuple)
        return Value(matches(parameters.text(0)));
    for (const Value& one : several->items) {
        if (one.text() == nullptr)
            throw TemplateError("startswith() and endswith() need strings");
        if (matches(*one.text()))
            return Value(true);
    }
    return Value(false);
}

template<Affix affix>
Value removeAffix(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("removeprefix", arguments, {"affix"});
    const Text& text = *self.text();
    const std::string& wanted = parameters.text(0).bytes();
    if (affix == Affix::Prefix && text.bytes().starts_with(wanted))
        return makeText(interpreter.budget(), text.slice(wanted.size(), text.size()));
    if (affix == Affix::Suffix && text.bytes().ends_with(wanted))
        return makeText(interpreter.budget(), text.slice(0, text.size() - wanted.size()));
    return self;
}

Value replace(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("replace", arguments, {"old", "new", "count"});
    Budget& budget = interpreter.budget();
    return makePaidText(budget, replaced(budget, *self.text(), parameters.text(0),
                                         parameters.text(1), parameters.integer(2, -1)));
}

Value join(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("join", arguments, {"iterable"});
    TextBuilder builder(interpreter.budget());
    bool first = true;
    for (const Value& item : interpreter.items(parameters.require(0))) {
        if (item.text() == nullptr)
            throw TemplateError("join() needs strings, not " + std::string(item.typeName()));
        if (!first)
            builder.append(*self.text());
        first = false;
        builder.append(*item.text());
    }
    return makePaidText(interpreter.budget(), builder.take());
}

enum class Missing { IsMinusOne, IsError };

template<SplitFrom from, Missing missing>
Value find(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("find", arguments, {"sub", "start", "end"});
    const std::string& bytes = self.text()->bytes();
    const std::string& wanted = parameters.text(0).bytes();
    const auto range = searchRange(*self.text(), parameters);
    std::size_t at = std::string::npos;
    if (range) {
        const auto text = std::string_view(bytes).substr(0, range->end);
        at = from == SplitFrom::Left ? findBytes(text, wanted, range->begin)
                                     : findLast(interpreter.budget(), text, wanted);
        if (at != std::string::npos && at < range->begin)
            at = std::string::npos;
    }
    if (at != std::string::npos)
        return Value(
            static_cast<std::int64_t>(countCodePoints(std::string_view(bytes).substr(0, at))));
    if (missing == Missing::IsError)
        throw TemplateError("substring not found");
    return Value(std::int64_t{-1});
}

Value count(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters parameters("count", arguments, {"sub", "start", "end"});
    const std::string& wanted = parameters.text(0).bytes();
    const auto range = searchRange(*self.text(), parameters);
    std::int64_t found = 0;
    if (!range)
        return Value(found);
    const std::string_view text = std::string_view(self.text()->bytes()).substr(0, range->end);
    if (wanted.empty())
        return Value(static_cast<std::int64_t>(countCodePoints(text.substr(range->begin)) + 1));
    for (std::size_t at = findBytes(text, wanted, range->begin); at != std::string::npos;
         at = findBytes(text, wanted, at + wanted.size()))
        ++found;
    return Value(found);
}

Value format(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    return braceFormatted(interpreter, *self.text(), arguments);
}

template<Padding padding>
Value pad(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("center", arguments, {"width", "fillchar"});
    static const Text kSpace(" ");
    const Text& fill = parameters.find(1) != nullptr ? parameters.text(1) : kSpace;
    if (countCodePoints(fill.bytes()) != 1)
        throw TemplateError("the fill character must be exactly one character long");
    Budget& budget = interpreter.budget();
    return makePaidText(budget, padded(budget, *self.text(), parameters.integer(0), fill, padding));
}

Value zfill(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("zfill", arguments, {"width"});
    const Text& text = *self.text();
    const std::size_t sign = text.bytes().starts_with('-') || text.bytes().starts_with('+') ? 1 : 0;
    Budget& budget = interpreter.budget();
    TextBuilder builder(budget);
    builder.append(text, 0, sign);
    builder.append(padded(budget, text.slice(sign, text.size()),
                          parameters.integer(0) - static_cast<std::int64_t>(sign), Text("0"),
                          Padding::Left));
    return makePaidText(budget, builder.take());
}

/// Whether there is a code point, and all of them satisfy the predicate.
template<bool (*predicate)(std::int32_t)>
Value all(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters none("str", arguments, {});
    const std::string& bytes = self.text()->bytes();
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint point = codePointAt(bytes, at);
        if (!predicate(point.value))
            return Value(false);
        at += point.length;
    }
    return Value(!bytes.empty());
}

bool isAlphanumeric(std::int32_t c) {
    return isAlpha(c) || isNumeric(c);
}

/// Whether there is a letter of the wanted case, and none of the other one.
template<bool (*wanted)(std::int32_t), bool (*other)(std::int32_t)>
Value allCased(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters none("str", arguments, {});
    const std::string& bytes = self.text()->bytes();
    bool found = false;
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint point = codePointAt(bytes, at);
        if (other(point.value) || isTitle(point.value))
            return Value(false);
        found = found || wanted(point.value);
        at += point.length;
    }
    return Value(found);
}

Value isTitleCased(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters none("istitle", arguments, {});
    const std::string& bytes = self.text()->bytes();
    bool found = false;
    bool behindLetter = false;
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint point = codePointAt(bytes, at);
        const bool upper = isUpper(point.value) || isTitle(point.value);
        if ((upper && behindLetter) || (isLower(point.value) && !behindLetter))
            return Value(false);
        behindLetter = upper || isLower(point.value);
        found = found || behindLetter;
        at += point.length;
    }
    return Value(found);
}

} // namespace

const Method* findStringMethod(std::string_view name) {
    static const std::unordered_map<std::string_view, Method> kMethods = {
        {"strip", strip<Side::Both>},
        {"lstrip", strip<Side::Left>},
        {"rstrip", strip<Side::Right>},
        {"upper", changeCase<CaseChange::Upper>},
        {"lower", changeCase<CaseChange::Lower>},
        {"casefold", changeCase<CaseChange::Lower>},
        {"title", changeCase<CaseChange::Title>},
        {"capitalize", changeCase<CaseChange::Capitalize>},
        {"swapcase", changeCase<CaseChange::Swap>},
        {"split", split<SplitFrom::Left>},
        {"rsplit", split<SplitFrom::Right>},
        {"splitlines", splitlines},
        {"partition", partition<SplitFrom::Left>},
        {"rpartition", partition<SplitFrom::Right>},
        {"startswith", hasAffix<Affix::Prefix>},
        {"endswith", hasAffix<Affix::Suffix>},
        {"removeprefix", removeAffix<Affix::Prefix>},
        {"removesuffix", removeAffix<Affix::Suffix>},
        {"replace", replace},
        {"join", join},
        {"find", find<SplitFrom::Left, Missing::IsMinusOne>},
        {"rfind", find<SplitFrom::Right, Missing::IsMinusOne>},
        {"index", find<SplitFrom::Left, Missing::IsError>},
        {"rindex", find<SplitFrom::Right, Missing::IsError>},
        {"count", count},
        {"format", format},
        {"center", pad<Padding::Center>},
        {"ljust", pad<Padding::Right>},
        {"rjust", pad<Padding::Left>},
        {"zfill", zfill},
        {"isspace", all<isSpace>},
        {"isalpha", all<isAlpha>},
        {"isdigit", all<isDecimal>},
        {"isdecimal", all<isDecimal>},
        {"isnumeric", all<isNumeric>},
        {"isalnum", all<isAlphanumeric>},
        {"isupper", allCased<isUpper, isLower>},
        {"islower", allCased<isLower, isUpper>},
        {"istitle", isTitleCased},
    };
    const auto found = kMethods.find(name);
    return found != kMethods.end() ? &found->second : nullptr;
}

} // namespace hearth::jinja
