#include "text/jinja/printing.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

std::string hexEscape(char letter, std::uint32_t value, int digits) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string escape{'\\', letter};
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        escape += kDigits[(value >> shift) & 0xf];
    return escape;
}

/// Appends `text` with `escapeOf(codePoint)` in place of each code point for which that is not
/// empty; runs between are copied as they are.
template<typename EscapeOf>
void appendEscaped(TextBuilder& builder, const Text& text, EscapeOf escapeOf) {
    const std::string& bytes = text.bytes();
    std::size_t runBegin = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint point = codePointAt(bytes, at);
        const std::string escape = escapeOf(point.value);
        if (!escape.empty()) {
            builder.append(text, runBegin, at);
            builder.append(escape, text.trustAt(at));
            runBegin = at + point.length;
        }
        at += point.length;
    }
    builder.append(text, runBegin, bytes.size());
}

std::string pythonEscape(std::int32_t c, char quote) {
    if (c == '\\' || c == quote)
        return std::string{'\\', static_cast<char>(c)};
    if (c == '\n')
        return "\\n";
    if (c == '\r')
        return "\\r";
    if (c == '\t')
        return "\\t";
    if (c < 0 || isPrintable(c))
        return {};
    const auto value = static_cast<std::uint32_t>(c);
    return value < 0x100     ? hexEscape('x', value, 2)
           : value < 0x10000 ? hexEscape('u', value, 4)
                             : hexEscape('U', value, 8);
}

void appendQuoted(TextBuilder& builder, const Text& text) {
    const std::string& bytes = text.bytes();
    const bool doubled =
        bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos;
    const char quote = doubled ? '"' : '\'';
    builder.append(std::string_view(&quote, 1), Trust::Trusted);
    appendEscaped(builder, text, [quote](std::int32_t c) { return pythonEscape(c, quote); });
    builder.append(std::string_view(&quote, 1), Trust::Trusted);
}

void appendListRepresentation(TextBuilder& builder, const List& list) {
    builder.append(list.isTuple ? "(" : "[", Trust::Trusted);
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        if (i != 0)
            builder.append(", ", Trust::Trusted);
        appendRepresentation(builder, list.items[i]);
    }
    if (list.isTuple && list.items.size() == 1)
        builder.append(",", Trust::Trusted);
    builder.append(list.isTuple ? ")" : "]", Trust::Trusted);
}

void appendDictRepresentation(TextBuilder& builder, const Dict& dict) {
    builder.append("{", Trust::Trusted);
    bool first = true;
    for (const auto& [key, value] : dict.entries) {
        if (!first)
            builder.append(", ", Trust::Trusted);
        first = false;
        appendRepresentation(builder, key);
        builder.append(": ", Trust::Trusted);
        appendRepresentation(builder, value);
    }
    builder.append("}", Trust::Trusted);
}

std::string jsonEscape(std::int32_t c, bool ensureAscii) {
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\f':
        return "\\f";
    case '\b':
        return "\\b";
    default:
        break;
    }
    const auto value = static_cast<std::uint32_t>(c);
    if (c >= 0 && c < 0x20)
        return hexEscape('u', value, 4);
    if (c < 0x7f || !ensureAscii)
        return {};
    if (value < 0x10000)
        return hexEscape('u', value, 4);
    const std::uint32_t rest = value - 0x10000;
    return hexEscape('u', 0xd800 + (rest >> 10), 4) + hexEscape('u', 0xdc00 + (rest & 0x3ff), 4);
}

class JsonPrinter {
public:
    JsonPrinter(TextBuilder& builder, const JsonStyle& style)
        : m_builder(builder)
        , m_style(style) {}

    void print(const Value& value) {
        if (const Text* text = value.text())
            printString(*text);
        else if (const List* list = value.list())
            printList(*list);
        else if (const Dict* dict = value.dict())
            printDict(*dict);
        else
            put(scalar(value));
    }

private:
    void put(std::string_view text) { m_builder.append(text, Trust::Trusted); }

    static std::string scalar(const Value& value) {
        if (value.isNone())
            return "null";
        if (value.isBool())
            return value.truthy() ? "true" : "false";
        if (value.isInteger())
            return std::to_string(value.integer());
        if (!value.isFloat())
            throw TemplateError("Object of type " + std::string(value.typeName()) +
                                " is not JSON serializable");
        if (std::isnan(value.number()))
            return "NaN";
        if (std::isinf(value.number()))
            return value.number() > 0 ? "Infinity" : "-Infinity";
        return floatText(value.number());
    }

    void printString(const Text& text) {
        put("\"");
        appendEscaped(m_builder, text,
                      [this](std::int32_t c) { return jsonEscape(c, m_style.ensureAscii); });
        put("\"");
    }

    void newLine() {
        if (!m_style.indent)
            return;
        put("\n");
        for (int level = 0; level < m_level; ++level)
            put(*m_style.indent);
    }

    void printList(const List& list) {
        if (list.items.empty())
            return put("[]");
        put("[");
        ++m_level;
        bool first = true;
        for (const Value& item : list.items) {
            if (!first)
                put(m_style.itemSeparator);
            first = false;
            newLine();
            print(item);
        }
        --m_level;
        newLine();
        put("]");
    }

    void printDict(const Dict& dict) {
        if (dict.entries.empty())
            return put("{}");
        std::vector<const std::pair<Value, Value>*> entries;
        for (const auto& entry : dict.entries)
            entries.push_back(&entry);
        if (m_style.sortKeys)
            std::stable_sort(entries.begin(), entries.end(), [this](const auto* a, const auto* b) {
                return compare(m_builder.budget(), a->first, b->first).sign < 0;
            });
        put("{");
        ++m_level;
        for (const auto* entry : entries) {
            if (entry != entries.front())
                put(m_style.itemSeparator);
            newLine();
            printKey(entry->first);
            put(m_style.keySeparator);
            print(entry->second);
        }
        --m_level;
        newLine();
        put("}");
    }

    void printKey(const Value& key) {
        if (key.text() != nullptr)
            return printString(*key.text());
        if (!key.isNumber() && !key.isNone())
            throw TemplateError("keys must be str, int, float, bool or None, not " +
                                std::string(key.typeName()));
        put("\"" + scalar(key) + "\"");
    }

    TextBuilder& m_builder;
    const JsonStyle& m_style;
    int m_level = 0;
};

} // namespace

std::string floatText(double value) {
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    char buffer[64];
    const auto scientific =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
    const std::string_view shortest(buffer, static_cast<std::size_t>(scientific.ptr - buffer));
    std::string_view digits = shortest.substr(shortest.find('e') + 1);
    digits.remove_prefix(digits.starts_with('+') ? 1 : 0);
    int exponent = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (exponent < -4 || exponent >= 16)
        return std::string(shortest);
    const auto fixed =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
    std::string text(buffer, fixed.ptr);
    if (text.find('.') == std::string::npos)
        text += ".0";
    return text;
}

void appendString(TextBuilder& builder, const Value& value) {
    if (value.text() != nullptr)
        builder.append(*value.text());
    else if (!value.isUndefined())
        appendRepresentation(builder, value);
}

void appendRepresentation(TextBuilder& builder, const Value& value) {
    const auto put = [&builder](std::string_view text) { builder.append(text, Trust::Trusted); };
    if (const Text* text = value.text())
        return appendQuoted(builder, *text);
    if (const List* list = value.list())
        return appendListRepresentation(builder, *list);
    if (const Dict* dict = value.dict())
        return appendDictRepresentation(builder, *dict);
    if (value.isNone())
        return put("None");
    if (value.isBool())
        return put(value.truthy() ? "True" : "False");
    if (value.isInteger())
        return put(std::to_string(value.integer()));
    if (value.isFloat())
        return put(floatText(value.number()));
    if (value.isUndefined())
        return put("Undefined");
    if (const BoundMethod* method = value.method())
        return put("<built-in method " + method->name + ">");
    put(value.object()->representation());
}

Text stringOf(Budget& budget, const Value& value) {
    if (value.text() != nullptr)
        return *value.text();
    TextBuilder builder(budget);
    appendString(builder, value);
    return builder.take();
}

void appendJson(TextBuilder& builder, const Value& value, const JsonStyle& style) {
    JsonPrinter(builder, style).print(value);
}

} // namespace hearth::jinja
