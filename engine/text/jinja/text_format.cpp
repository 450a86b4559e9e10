#include "text/jinja/text_format.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>

#include "text/jinja/interpreter.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

/// Wider fields are refused: they serve to blow up memory only.
constexpr int kMaxWidth = 10'000;
constexpr int kMaxPrecision = 400;

std::string printed(const std::string& format, int precision, double value) {
    std::array<char, 1024> buffer{};
    const int length =
        std::snprintf(buffer.data(), buffer.size(), format.c_str(), precision, value);
    return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string inBase(std::uint64_t value, unsigned base, bool upperCase) {
    const char* digits = upperCase ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[value % base]);
        value /= base;
    } while (value != 0);
    return text;
}

/// One conversion: how a value is to be laid out.
struct Field {
    char fill = ' ';
    char align = '\0';
    char sign = '-';
    bool alternate = false;
    bool zeroPadded = false;
    bool grouped = false;
    int width = 0;
    std::optional<int> precision;
    char type = '\0';
};

class FormatReader {
public:
    FormatReader(const std::string& text, std::size_t begin)
        : m_text(text)
        , m_at(begin) {}

    [[nodiscard]] std::size_t position() const { return m_at; }
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
    }
    char take() {
        const char c = peek();
        m_at += m_at < m_text.size() ? 1 : 0;
        return c;
    }
    bool skip(char c) {
        const bool found = peek() == c && m_at < m_text.size();
        m_at += found ? 1 : 0;
        return found;
    }
    int number(int limit) {
        int value = 0;
        while (std::isdigit(static_cast<unsigned char>(peek())) != 0) {
            value = value * 10 + (take() - '0');
            if (value > limit)
                throw TemplateError("a format has too large a width or precision");
        }
        return value;
    }
    std::string until(std::string_view ends) {
        const std::size_t end = std::min(m_text.find_first_of(ends, m_at), m_text.size());
        std::string part = m_text.substr(m_at, end - m_at);
        m_at = end;
        return part;
    }

private:
    const std::string& m_text;
    std::size_t m_at;
};

std::string groupedThousands(const std::string& digits) {
    const std::size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
    std::string text = digits;
    for (std::size_t at = whole; at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

void appendPadded(TextBuilder& builder, const Text& text, const Field& field, char defaultAlign) {
    const auto length = static_cast<int>(countCodePoints(text.bytes()));
    const auto padding = static_cast<std::size_t>(std::max(field.width - length, 0));
    const char align = field.align != '\0' ? field.align : defaultAlign;
    const std::size_t before = align == '<' ? 0 : align == '^' ? padding / 2 : padding;
    const Text fill(std::string(1, field.fill));
    builder.repeat(fill, before);
    builder.append(text);
    builder.repeat(fill, padding - before);
}

void appendNumber(TextBuilder& builder, std::string digits, bool negative, const Field& field) {
    if (field.grouped)
        digits = groupedThousands(digits);
    std::string prefix = negative ? "-" : field.sign == '-' ? "" : std::string(1, field.sign);
    if (field.zeroPadded && field.align == '\0') {
        const auto width = static_cast<std::size_t>(field.width);
        if (prefix.size() + digits.size() < width)
            digits.insert(0, width - prefix.size() - digits.size(), '0');
    }
    appendPadded(builder, Text(prefix + digits), field, '>');
}

std::string integerDigits(std::uint64_t magnitude, const Field& field) {
    switch (field.type) {
    case 'x':
        return (field.alternate ? "0x" : "") + inBase(magnitude, 16, false);
    case 'X':
        return (field.alternate ? "0X" : "") + inBase(magnitude, 16, true);
    case 'o':
        return (field.alternate ? "0o" : "") + inBase(magnitude, 8, false);
    case 'b':
        return (field.alternate ? "0b" : "") + inBase(magnitude, 2, false);
    default:
        return inBase(magnitude, 10, false);
    }
}

void appendInteger(TextBuilder& builder, std::int64_t value, const Field& field) {
    const std::uint64_t magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    appendNumber(builder, integerDigits(magnitude, field), value < 0, field);
}

void appendReal(TextBuilder& builder, double value, const Field& field) {
    const bool percent = field.type == '%';
    const std::string type(1, percent ? 'f' : field.type);
    std::string digits =
        printed("%.*" + type, field.precision.value_or(6), std::abs(percent ? value * 100 : value));
    if (percent)
        digits += '%';
    appendNumber(builder, std::move(digits), std::signbit(value) && !std::isnan(value), field);
}

Text cutToPrecision(const Text& text, const Field& field) {
    if (!field.precision)
        return text;
    std::size_t end = 0;
    for (int i = 0; i < *field.precision && end < text.size(); ++i)
        end += codePointAt(text.bytes(), end).length;
    return text.slice(0, end);
}

std::int64_t requireInteger(const Value& value) {
    if (value.isInteger())
        return value.integer();
    if (!value.isFloat() || !(std::abs(value.number()) < 9.2e18))
        throw TemplateError("a number is required, not " + std::string(value.typeName()));
    return static_cast<std::int64_t>(value.number());
}

/// An untrusted format decides about fill characters and the like, so nothing stays trusted.
Value formatted(Budget& budget, const Text& format, Text result) {
    if (format.trust() == Trust::Untrusted)
        return makeText(budget, result.bytes(), Trust::Untrusted);
    return makePaidText(budget, std::move(result));
}

class PercentFormatter {
public:
    PercentFormatter(Interpreter& interpreter, const Text& format, const Value& arguments)
        : m_budget(interpreter.budget())
        , m_builder(m_budget)
        , m_format(format)
        , m_arguments(arguments) {}

    Value run() {
        const std::string& bytes = m_format.bytes();
        std::size_t at = 0;
        while (at < bytes.size()) {
            const std::size_t percent = std::min(bytes.find('%', at), bytes.size());
            m_builder.append(m_format, at, percent);
            if (percent == bytes.size())
                break;
            FormatReader reader(bytes, percent + 1);
            convert(reader);
            at = reader.position();
        }
        const List* tuple = m_arguments.list();
        const bool single = tuple == nullptr || !tuple->isTuple;
        if ((single && m_next == 0 && !m_named && m_arguments.dict() == nullptr &&
             tuple == nullptr) ||
            (!single && m_next < tuple->items.size()))
            throw TemplateError("not all arguments converted during string formatting");
        return formatted(m_budget, m_format, m_builder.take());
    }

private:
    Value next() {
        const List* tuple = m_arguments.list();
        const std::size_t index = m_next++;
        if (tuple != nullptr && tuple->isTuple) {
            if (index >= tuple->items.size())
                throw TemplateError("not enough arguments for format string");
            return tuple->items[index];
        }
        if (index != 0)
            throw TemplateError("not enough arguments for format string");
        return m_arguments;
    }

    Value named(const std::string& name) {
        m_named = true;
        const Value* found =
            m_arguments.dict() != nullptr ? findKey(m_budget, *m_arguments.dict(), name) : nullptr;
        if (found == nullptr)
            throw TemplateError("the format has no value for '" + name + "'");
        return *found;
    }

    static void readFlags(FormatReader& reader, Field& field) {
        while (true) {
            if (reader.skip('-'))
                field.align = '<';
            else if (reader.skip('+'))
                field.sign = '+';
            else if (reader.skip(' '))
                field.sign = field.sign == '+' ? '+' : ' ';
            else if (reader.skip('0'))
                field.zeroPadded = true;
            else if (reader.skip('#'))
                field.alternate = true;
            else
                return;
        }
    }

    void convert(FormatReader& reader) {
        std::optional<std::string> name;
        if (reader.skip('(')) {
            name = reader.until(")");
            reader.skip(')');
        }
        Field field;
        readFlags(reader, field);
        field.width = reader.number(kMaxWidth);
        if (reader.skip('.'))
            field.precision = reader.number(kMaxPrecision);
        field.type = reader.take();
        if (field.type == '%')
            return m_builder.append("%", Trust::Trusted);
        append(name ? named(*name) : next(), field);
    }

    void append(const Value& value, Field& field) {
        switch (field.type) {
        case 's':
            return appendPadded(m_builder, cutToPrecision(stringOf(m_budget, value), field), field,
                                '>');
        case 'r': {
            TextBuilder shown(m_budget);
            appendRepresentation(shown, value);
            return appendPadded(m_builder, cutToPrecision(shown.take(), field), field, '>');
        }
        case 'c':
            return appendCharacter(value, field);
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o':
            return appendInteger(m_builder, requireInteger(value), field);
        case 'f':
        case 'F':
        case 'e':
        case 'E':
        case 'g':
        case 'G':
            if (!value.isNumber())
                throw TemplateError("must be real number, not " + std::string(value.typeName()));
            return appendReal(m_builder, value.number(), field);
        default:
            throw TemplateError("unsupported format character");
        }
    }

    void appendCharacter(const Value& value, const Field& field) {
        if (value.text() != nullptr && countCodePoints(value.text()->bytes()) == 1)
            return appendPadded(m_builder, *value.text(), field, '>');
        if (!value.isInteger() || value.integer() < 0 || value.integer() > 0x10ffff)
            throw TemplateError("%c requires int or char");
        std::string character;
        appendUtf8(character, static_cast<std::int32_t>(value.integer()));
        appendPadded(m_builder, Text(std::move(character)), field, '>');
    }

    Budget& m_budget;
    TextBuilder m_builder;
    const Text& m_format;
    const Value& m_arguments;
    std::size_t m_next = 0;
    bool m_named = false;
};

class BraceFormatter {
public:
    BraceFormatter(Interpreter& interpreter, const Text& format, const Arguments& arguments)
        : m_interpreter(interpreter)
        , m_budget(interpreter.budget())
        , m_builder(m_budget)
        , m_format(format)
        , m_arguments(arguments) {}

    Value run() {
        const std::string& bytes = m_format.bytes();
        std::size_t at = 0;
        while (at < bytes.size()) {
            const std::size_t brace = std::min(bytes.find_first_of("{}", at), bytes.size());
            m_builder.append(m_format, at, brace);
            if (brace == bytes.size())
                break;
            if (brace + 1 < bytes.size() && bytes[brace + 1] == bytes[brace]) {
                m_builder.append(m_format, brace, brace + 1);
                at = brace + 2;
                continue;
            }
            if (bytes[brace] == '}')
                throw TemplateError("single '}' encountered in format string");
            FormatReader reader(bytes, brace + 1);
            convert(reader);
            at = reader.position();
        }
        return formatted(m_budget, m_format, m_builder.take());
    }

private:
    void convert(FormatReader& reader) {
        Value value = argument(reader.until(".[!:}"));
        while (reader.peek() == '.' || reader.peek() == '[') {
            if (reader.skip('.')) {
                value = m_interpreter.attribute(value, reader.until(".[!:}"));
            } else {
                reader.take();
                value = m_interpreter.subscript(value, key(reader.until("]")));
                reader.skip(']');
            }
        }
        if (reader.skip('!'))
            value = converted(value, reader.take());
        Field field;
        if (reader.skip(':'))
            readSpecification(reader, field);
        if (!reader.skip('}'))
            throw TemplateError("expected '}' in format string");
        append(value, field);
    }

    Value key(const std::string& text) {
        const bool number = !text.empty() && text.size() < 10 &&
                            text.find_first_not_of("0123456789") == std::string::npos;
        return number ? Value(static_cast<std::int64_t>(std::stoll(text)))
                      : makeText(m_budget, text);
    }

    Value argument(const std::string& name) {
        std::size_t index = 0;
        if (name.empty()) {
            index = m_next++;
        } else if (const Value position = key(name); position.isInteger()) {
            index = static_cast<std::size_t>(position.integer());
            m_numbered = true;
        } else {
            for (const auto& [known, value] : m_arguments.keyword) {
                if (known == name)
                    return value;
            }
            throw TemplateError("the format has no value for '" + name + "'");
        }
        if (m_numbered && m_next > 0)
            throw TemplateError("the format mixes numbered and automatic fields");
        if (index >= m_arguments.positional.size())
            throw TemplateError("the format has too few arguments");
        return m_arguments.positional[index];
    }

    Value converted(const Value& value, char conversion) {
        TextBuilder builder(m_budget);
        if (conversion == 's')
            appendString(builder, value);
        else if (conversion == 'r')
            appendRepresentation(builder, value);
        else
            throw TemplateError("unknown conversion in format string");
        return makePaidText(m_budget, builder.take());
    }

    static bool isAlign(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

    static void readSpecification(FormatReader& reader, Field& field) {
        if (isAlign(reader.peek(1))) {
            field.fill = reader.take();
            field.align = reader.take();
        } else if (isAlign(reader.peek())) {
            field.align = reader.take();
        }
        if (reader.peek() == '+' || reader.peek() == '-' || reader.peek() == ' ')
            field.sign = reader.take();
        field.alternate = reader.skip('#');
        field.zeroPadded = reader.skip('0');
        if (field.align == '=') {
            field.zeroPadded = true;
            field.align = '\0';
        }
        field.width = reader.number(kMaxWidth);
        field.grouped = reader.skip(',');
        if (reader.skip('.'))
            field.precision = reader.number(kMaxPrecision);
        if (reader.peek() != '}')
            field.type = reader.take();
    }

    void append(const Value& value, Field field) {
        static constexpr std::string_view kRealTypes = "eEfFgG%";
        static constexpr std::string_view kIntegerTypes = "dxXob";
        const bool real = field.type != '\0' && kRealTypes.find(field.type) != kRealTypes.npos;
        if (value.isNumber() && (real || (value.isFloat() && field.precision))) {
            field.type = real ? field.type : 'g';
            return appendReal(m_builder, value.number(), field);
        }
        if (value.isFloat() && field.type == '\0')
            return appendNumber(m_builder, floatText(std::abs(value.number())),
                                std::signbit(value.number()), field);
        const bool integer =
            field.type != '\0' && kIntegerTypes.find(field.type) != kIntegerTypes.npos;
        if (value.isInteger() && (integer || (field.type == '\0' && !value.isBool())))
            return appendInteger(m_builder, value.integer(), field);
        if (field.type != '\0' && (field.type != 's' || value.text() == nullptr))
            throw TemplateError("the format does not fit a value of type " +
                                std::string(value.typeName()));
        appendPadded(m_builder, cutToPrecision(stringOf(m_budget, value), field), field, '<');
    }

    Interpreter& m_interpreter;
    Budget& m_budget;
    TextBuilder m_builder;
    const Text& m_format;
    const Arguments& m_arguments;
    std::size_t m_next = 0;
    bool m_numbered = false;
};

} // namespace

std::string fixedDigits(double value, int digits) {
    return printed("%.*f", digits, value);
}

Value percentFormatted(Interpreter& interpreter, const Text& format, const Value& arguments) {
    return PercentFormatter(interpreter, format, arguments).run();
}

Value braceFormatted(Interpreter& interpreter, const Text& format, const Arguments& arguments) {
    return BraceFormatter(interpreter, format, arguments).run();
}

} // namespace hearth::jinja
