#include "text/jinja/filters.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "text/jinja/interpreter.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"
#include "text/jinja/string_methods.h"
#include "text/jinja/text_format.h"

namespace hearth::jinja {

namespace {

/// The digits of a Python number literal: white space and single underscores removed.
std::optional<std::string> plainNumber(const Text& text) {
    const std::string trimmed = stripped(text, nullptr, Side::Both).bytes();
    std::string digits;
    for (std::size_t i = 0; i < trimmed.size(); ++i) {
        if (trimmed[i] != '_') {
            digits += trimmed[i];
            continue;
        }
        const bool between = i > 0 && i + 1 < trimmed.size() && std::isxdigit(trimmed[i - 1]) &&
                             std::isxdigit(trimmed[i + 1]);
        if (!between)
            return std::nullopt;
    }
    return digits;
}

std::optional<std::int64_t> parseInteger(const Text& text, std::int64_t base) {
    std::optional<std::string> digits = plainNumber(text);
    if (!digits || base < 2 || base > 36)
        return std::nullopt;
    const bool negative = digits->starts_with('-');
    if (negative || digits->starts_with('+'))
        digits->erase(0, 1);
    const std::string prefix = digits->substr(0, 2);
    if ((base == 16 && (prefix == "0x" || prefix == "0X")) ||
        (base == 8 && (prefix == "0o" || prefix == "0O")) ||
        (base == 2 && (prefix == "0b" || prefix == "0B")))
        digits->erase(0, 2);
    if (digits->empty() || digits->front() == '-')
        return std::nullopt;
    if (negative)
        digits->insert(0, "-");
    std::int64_t value = 0;
    const char* end = digits->data() + digits->size();
    const auto [rest, error] = std::from_chars(digits->data(), end, value, static_cast<int>(base));
    if (error == std::errc::result_out_of_range)
        throw TemplateError("an integer leaves 64 bits");
    if (error != std::errc() || rest != end)
        return std::nullopt;
    return value;
}

std::optional<double> parseReal(const Text& text) {
    std::optional<std::string> digits = plainNumber(text);
    if (!digits)
        return std::nullopt;
    if (digits->starts_with('+'))
        digits->erase(0, 1);
    double value = 0;
    const char* end = digits->data() + digits->size();
    const auto [rest, error] = std::from_chars(digits->data(), end, value);
    if (digits->empty() || error == std::errc::invalid_argument || rest != end)
        return std::nullopt;
    return value;
}

std::optional<std::int64_t> truncated(double value) {
    if (!(std::abs(value) < 9.2e18))
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

Value toInteger(Interpreter&, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("int", arguments, {"default", "base"});
    if (operand.isUndefined())
        failUndefined(operand);
    std::optional<std::int64_t> value;
    if (operand.isInteger())
        value = operand.integer();
    else if (operand.isFloat())
        value = truncated(operand.number());
    else if (const Text* text = operand.text()) {
        value = parseInteger(*text, parameters.integer(1, 10));
        if (const auto real = value ? std::nullopt : parseReal(*text))
            value = truncated(*real);
    }
    if (value)
        return Value(*value);
    return parameters.find(0) != nullptr ? *parameters.find(0) : Value(std::int64_t{0});
}

Value toFloat(Interpreter&, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("float", arguments, {"default"});
    if (operand.isUndefined())
        failUndefined(operand);
    if (operand.isNumber())
        return Value(operand.number());
    const Text* text = operand.text();
    const auto value = text != nullptr ? parseReal(*text) : std::nullopt;
    if (value)
        return Value(*value);
    return parameters.find(0) != nullptr ? *parameters.find(0) : Value(0.0);
}

Value absolute(Interpreter&, const Value& operand, const Arguments& arguments) {
    const Parameters none("abs", arguments, {});
    if (operand.isFloat())
        return Value(std::abs(operand.number()));
    if (operand.isInteger() && operand.integer() >= 0)
        return Value(operand.integer());
    return negated(operand);
}

/// Python's round(): to the nearest decimal, ties to the even one.
double roundedTo(double value, std::int64_t precision) {
    if (!std::isfinite(value) || precision > 300)
        return value;
    if (precision >= 0)
        return std::strtod(fixedDigits(value, static_cast<int>(precision)).c_str(), nullptr);
    const double scale = std::pow(10.0, static_cast<double>(-precision));
    return std::isfinite(scale) ? std::nearbyint(value / scale) * scale : 0.0;
}

Value round(Interpreter&, const Value& operand, const Arguments& arguments) {
    const Parameters parameters("round", arguments, {"precision", "method"});
    const std::int64_t precision = parameters.integer(0, 0);
    const std::string method =
        parameters.find(1) != nullptr ? parameters.text(1).bytes() : "common";
    if (operand.isUndefined())
        failUndefined(operand);
    if (!operand.isNumber())
        throw TemplateError("round needs a number, not " + std::string(operand.typeName()));
    if (method == "common") {
        if (operand.isInteger() && precision >= 0)
            return Value(operand.integer());
        const double value = roundedTo(operand.number(), precision);
        const auto whole = operand.isInteger() ? truncated(value) : std::nullopt;
        return whole ? Value(*whole) : Value(value);
    }
    if (method != "ceil" && method != "floor")
        throw TemplateError("method must be common, ceil or floor");
    const double scale = std::pow(10.0, static_cast<double>(precision));
    const double scaled = operand.number() * scale;
    return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

} // namespace

const FilterTable& numberFilters() {
    static const FilterTable kFilters = {
        {"int", toInteger}, {"float", toFloat}, {"abs", absolute}, {"round", round}};
    return kFilters;
}

const FilterFunction* findFilter(std::string_view name) {
    static const std::array<const FilterTable*, 4> kTables = {
        &textFilters(), &numberFilters(), &sequenceFilters(), &selectionFilters()};
    for (const FilterTable* table : kTables) {
        const auto found = table->find(name);
        if (found != table->end())
            return &found->second;
    }
    return nullptr;
}

} // namespace hearth::jinja
