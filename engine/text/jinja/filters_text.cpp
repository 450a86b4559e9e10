#include "text/jinja/filters.h"

#include "text/jinja/interpreter.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"
#include "text/jinja/printing.h"
#include "text/jinja/string_methods.h"
#include "text/jinja/text_format.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

Value paid(Interpreter& interpreter, Text text) {
    return makePaidText(interpreter.budget(), std::move(text));
}

Text textOf(Interpreter& interpreter, const Value& value) {
    return stringOf(interpreter.budget(), value);
}

Value toString(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("string", arguments, {});
    return operand.text() != nullptr ? operand : paid(interpreter, textOf(interpreter, operand));
}

template<CaseChange change>
Value changeCase(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("case", arguments, {});
    return paid(interpreter,
                changedCase(interpreter.budget(), textOf(interpreter, operand), change));
}

bool startsWord(char before) {
    return before == '-' || before == '(' || before == '{' || before == '[' || before == '<';
}

/// Jinja's own title(): words begin behind white space and - ( { [ <, not behind an apostrophe.
Value title(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("title", arguments, {});
    const Text text = textOf(interpreter, operand);
    const std::string& bytes = text.bytes();
    TextBuilder builder(interpreter.budget());
    bool wordStart = true;
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint point = codePointAt(bytes, at);
        const std::size_t end = at + point.length;
        builder.append(changedCase(interpreter.budget(), text.slice(at, end),
                                   wordStart ? CaseChange::Upper : CaseChange::Lower));
        wordStart = isSpace(point.value) || startsWord(bytes[at]);
        at = end;
    }
    return paid(interpreter, builder.take());
}

Value trim(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("trim", arguments, {"chars"});
    const Text* characters = parameters.some(0) != nullptr ? &parameters.text(0) : nullptr;
    const Text text = textOf(interpreter, operand);
    Budget& budget = interpreter.budget();
    budget.walk(characters != nullptr ? text.size() * characters->size() : 0);
    return makeText(budget, stripped(text, characters, Side::Both));
}

Value replace(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("replace", arguments, {"old", "new", "count"});
    const Text text = textOf(interpreter, operand);
    const Text old = textOf(interpreter, parameters.require(0));
    const Text with = textOf(interpreter, parameters.require(1));
    const std::int64_t limit = parameters.some(2) != nullptr ? parameters.integer(2) : -1;
    return paid(interpreter, replaced(interpreter.budget(), text, old, with, limit));
}

Value escape(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("escape", arguments, {});
    if (operand.text() != nullptr && operand.text()->isMarkup())
        return operand;
    return paid(interpreter, escapedMarkup(interpreter.budget(), textOf(interpreter, operand)));
}

Value forceEscape(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("forceescape", arguments, {});
    return paid(interpreter, escapedMarkup(interpreter.budget(), textOf(interpreter, operand)));
}

Value safe(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("safe", arguments, {});
    Text text = textOf(interpreter, operand);
    text.setMarkup(true);
    return makeText(interpreter.budget(), std::move(text));
}

Value format(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    if (!arguments.positional.empty() && !arguments.keyword.empty())
        throw TemplateError("format takes positional or keyword arguments, not both");
    Budget& budget = interpreter.budget();
    const Text text = textOf(interpreter, operand);
    if (arguments.keyword.empty())
        return percentFormatted(interpreter, text, makeTuple(budget, arguments.positional));
    std::vector<std::pair<Value, Value>> named;
    for (const auto& [name, value] : arguments.keyword)
        setKey(budget, named, makeText(budget, name), value);
    return percentFormatted(interpreter, text, makeDict(budget, std::move(named)));
}

/// The indentation that `width` stands for: as many spaces, or the string itself.
Text indentation(Interpreter& interpreter, const Value* width, std::int64_t otherwise) {
    if (width != nullptr && width->text() != nullptr)
        return *width->text();
    if (width != nullptr && !width->isInteger())
        throw TemplateError("a width must be an integer or a string");
    const std::int64_t count = width != nullptr ? width->integer() : otherwise;
    TextBuilder builder(interpreter.budget());
    builder.repeat(Text(" "), static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
    return builder.take();
}

Value indent(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("indent", arguments, {"width", "first", "blank"});
    Budget& budget = interpreter.budget();
    const Text prefix = indentation(interpreter, parameters.find(0), 4);
    const bool blank = parameters.truth(2, false);
    Text text = textOf(interpreter, operand);
    text.append("\n", Trust::Trusted);
    TextBuilder builder(budget);
    bool firstLine = true;
    for (const Text& line : splitLines(budget, text, LineEnds::Drop)) {
        if (!firstLine)
            builder.append("\n", Trust::Trusted);
        if (firstLine ? parameters.truth(1, false) : blank || line.size() != 0)
            builder.append(prefix);
        firstLine = false;
        builder.append(line);
    }
    return paid(interpreter, builder.take());
}

Value wordCount(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters none("wordcount", arguments, {});
    const Text text = textOf(interpreter, operand);
    std::int64_t words = 0;
    bool inWord = false;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = codePointAt(text.bytes(), at);
        const bool wordCharacter =
            isAlpha(point.value) || isNumeric(point.value) || point.value == '_';
        words += wordCharacter && !inWord ? 1 : 0;
        inWord = wordCharacter;
        at += point.length;
    }
    return Value(words);
}

Value truncate(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("truncate", arguments, {"length", "killwords", "end", "leeway"});
    static const Text kEllipsis("...");
    const Text& end = parameters.find(2) != nullptr ? parameters.text(2) : kEllipsis;
    const std::int64_t length = parameters.integer(0, 255);
    const std::int64_t leeway = parameters.some(3) != nullptr ? parameters.integer(3) : 5;
    const auto endLength = static_cast<std::int64_t>(countCodePoints(end.bytes()));
    if (length < endLength || leeway < 0)
        throw TemplateError("truncate needs a length of at least the end's and a leeway from 0");
    const Text text = textOf(interpreter, operand);
    const auto size = static_cast<std::int64_t>(countCodePoints(text.bytes()));
    if (size <= length || size - length <= leeway)
        return toString(interpreter, operand, {});
    std::size_t cut = 0;
    for (std::int64_t i = 0; i < length - endLength; ++i)
        cut += codePointAt(text.bytes(), cut).length;
    const std::size_t space = cut == 0 ? std::string::npos : text.bytes().rfind(' ', cut - 1);
    if (!parameters.truth(1, false) && space != std::string::npos)
        cut = space;
    TextBuilder builder(interpreter.budget());
    builder.append(text, 0, cut);
    builder.append(end);
    return paid(interpreter, builder.take());
}

Value center(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("center", arguments, {"width"});
    return paid(interpreter, padded(interpreter.budget(), textOf(interpreter, operand),
                                    parameters.integer(0, 80), Text(" "), Padding::Center));
}

Value toJson(Interpreter& interpreter, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("tojson", arguments,
                                {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.ensureAscii = parameters.truth(0, false);
    style.sortKeys = parameters.truth(3, false);
    if (parameters.some(1) != nullptr) {
        style.indent = indentation(interpreter, parameters.some(1), 0).bytes();
        style.itemSeparator = ",";
    }
    if (parameters.some(2) != nullptr) {
        const auto both = interpreter.items(*parameters.some(2));
        if (both->items.size() != 2 || both->items[0].text() == nullptr ||
            both->items[1].text() == nullptr)
            throw TemplateError("tojson: 'separators' must be two strings");
        style.itemSeparator = both->items[0].text()->bytes();
        style.keySeparator = both->items[1].text()->bytes();
    }
    TextBuilder builder(interpreter.budget());
    appendJson(builder, operand, style);
    return paid(interpreter, builder.take());
}

} // namespace

const FilterTable& textFilters() {
    static const FilterTable kFilters = {
        {"string", toString},
        {"upper", changeCase<CaseChange::Upper>},
        {"lower", changeCase<CaseChange::Lower>},
        {"capitalize", changeCase<CaseChange::Capitalize>},
        {"title", title},
        {"trim", trim},
        {"replace", replace},
        {"escape", escape},
        {"e", escape},
        {"forceescape", forceEscape},
        {"safe", safe},
        {"format", format},
        {"indent", indent},
        {"wordcount", wordCount},
        {"truncate", truncate},
        {"center", center},
        {"tojson", toJson},
    };
    return kFilters;
}

} // namespace hearth::jinja
