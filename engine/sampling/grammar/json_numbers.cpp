#include "sampling/grammar/json_rules.h"

#include <algorithm>
#include <string>

namespace hearth::grammar {

namespace {

constexpr std::int32_t kMaxDigits = 20;
const std::vector<CodeRange> kAnyDigit{{U'0', U'9'}};

/// |value| of the smallest one too.
std::uint64_t magnitude(std::int64_t value) {
    return value < 0 ? ~std::uint64_t(value) + 1 : std::uint64_t(value);
}

} // namespace

ExpressionId JsonRules::digits(std::int32_t min, std::int32_t max) {
    return m_grammar.repeat(m_grammar.characters(kAnyDigit), min, max);
}

ExpressionId JsonRules::integer() {
    const ExpressionId call = shared(m_integer, "integer", [this] {
        return m_grammar.sequence(
            {m_grammar.optional(m_grammar.bytes("-")), naturals(0, std::nullopt)});
    });
    return call;
}

ExpressionId JsonRules::number() {
    return shared(m_number, "number", [this] {
        const ExpressionId fraction =
            m_grammar.sequence({m_grammar.bytes("."), digits(1, kMaxDigits)});
        // Of two digits, so that every number is one for parsers that know only doubles.
        const ExpressionId exponent = m_grammar.sequence(
            {m_grammar.characters({{U'e', U'e'}, {U'E', U'E'}}),
             m_grammar.optional(m_grammar.characters({{U'+', U'+'}, {U'-', U'-'}})),
             digits(1, 2)});
        return m_grammar.sequence({m_grammar.optional(m_grammar.bytes("-")),
                                   naturals(0, std::nullopt), m_grammar.optional(fraction),
                                   m_grammar.optional(exponent)});
    });
}

ExpressionId JsonRules::integer(std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
    if (!min && !max)
        return integer();
    if (min && max && *min > *max)
        return m_grammar.nothing();
    std::vector<ExpressionId> choices;
    if (!max || *max >= 0)
        choices.push_back(naturals(min ? std::uint64_t(std::max<std::int64_t>(*min, 0)) : 0,
                                   max ? std::optional(std::uint64_t(*max)) : std::nullopt));
    if (!min || *min < 0) {
        const std::uint64_t low = max && *max < 0 ? magnitude(*max) : 1;
        choices.push_back(m_grammar.sequence(
            {m_grammar.bytes("-"),
             naturals(low, min ? std::optional(magnitude(*min)) : std::nullopt)}));
    }
    return m_grammar.alternatives(std::move(choices));
}

/// A number lies in (or at the end of) an interval [i, i + 1) of its magnitude: every fraction may
/// follow where that is inside of the bounds, none or zeros at the bound itself.
ExpressionId JsonRules::number(std::optional<std::int64_t> min, Bound minBound,
                               std::optional<std::int64_t> max, Bound maxBound) {
    if (!min && !max)
        return number();
    const ExpressionId zeros = m_grammar.optional(m_grammar.sequence(
        {m_grammar.bytes("."), m_grammar.repeat(m_grammar.bytes("0"), 1, kMaxDigits)}));
    const ExpressionId fraction = m_grammar.sequence(
        {m_grammar.bytes("."), m_grammar.repeat(m_grammar.bytes("0"), 0, kMaxDigits - 1),
         m_grammar.characters({{U'1', U'9'}}), digits(0, kMaxDigits)});
    const ExpressionId any = m_grammar.alternatives({zeros, fraction});
    // Magnitudes from `low` to `high` on one side of zero; `excluded` ends are left out.
    const auto side = [&](std::uint64_t low, Bound lowBound, std::optional<std::uint64_t> high,
                          Bound highBound) {
        std::vector<ExpressionId> choices;
        if (high && low > *high)
            return m_grammar.nothing();
        const bool isPoint = high && low == *high;
        const bool hasLow = lowBound == Bound::Inclusive;
        const bool hasHigh = high && highBound == Bound::Inclusive;
        if (isPoint ? hasLow && hasHigh : hasHigh)
            choices.push_back(m_grammar.sequence({naturals(*high, *high), zeros}));
        if (!isPoint) {
            choices.push_back(m_grammar.sequence({naturals(low, low), hasLow ? any : fraction}));
            if (!high || low + 1 < *high)
                choices.push_back(m_grammar.sequence(
                    {naturals(low + 1, high ? std::optional(*high - 1) : std::nullopt), any}));
        }
        return m_grammar.alternatives(std::move(choices));
    };
    std::vector<ExpressionId> choices;
    if (!max || *max >= 0) {
        const bool fromMin = min && *min >= 0;
        choices.push_back(side(fromMin ? std::uint64_t(*min) : 0,
                               fromMin ? minBound : Bound::Inclusive,
                               max ? std::optional(std::uint64_t(*max)) : std::nullopt, maxBound));
    }
    if (!min || *min < 0) {
        const bool fromMax = max && *max < 0;
        // Zero is on the other side; up to an excluded zero come negative fractions.
        choices.push_back(m_grammar.sequence(
            {m_grammar.bytes("-"),
             side(fromMax ? magnitude(*max) : 0, fromMax ? maxBound : Bound::Exclusive,
                  min ? std::optional(magnitude(*min)) : std::nullopt, minBound)}));
    }
    return m_grammar.alternatives(std::move(choices));
}

/// Decimal numbers without leading zeros, by their length.
ExpressionId JsonRules::naturals(std::uint64_t min, std::optional<std::uint64_t> max) {
    const std::string low = std::to_string(min);
    const auto lowest = [](std::size_t length) {
        return length == 1 ? std::string("0") : "1" + std::string(length - 1, '0');
    };
    std::vector<ExpressionId> choices;
    if (!max) {
        choices.push_back(sameLength(low, std::string(low.size(), '9')));
        const auto longer = std::int32_t(low.size());
        if (longer < kMaxDigits)
            choices.push_back(m_grammar.sequence(
                {m_grammar.characters({{U'1', U'9'}}), digits(longer, kMaxDigits - 1)}));
        return m_grammar.alternatives(std::move(choices));
    }
    if (min > *max)
        return m_grammar.nothing();
    const std::string high = std::to_string(*max);
    for (std::size_t length = low.size(); length <= high.size(); ++length)
        choices.push_back(sameLength(length == low.size() ? low : lowest(length),
                                     length == high.size() ? high : std::string(length, '9')));
    return m_grammar.alternatives(std::move(choices));
}

/// Numbers of one length: the digits that both ends share, then the cases of the first that they
/// don't.
ExpressionId JsonRules::sameLength(const std::string& low, const std::string& high) {
    const auto digit = [this](char first, char last) {
        return m_grammar.characters({{char32_t(first), char32_t(last)}});
    };
    if (low == high)
        return m_grammar.bytes(low);
    const auto size = std::int32_t(low.size());
    if (low.find_first_not_of('0', 1) == std::string::npos &&
        high.find_first_not_of('9', 1) == std::string::npos)
        return m_grammar.sequence({digit(low[0], high[0]), digits(size - 1, size - 1)});
    if (low[0] == high[0])
        return m_grammar.sequence(
            {m_grammar.bytes(low.substr(0, 1)), sameLength(low.substr(1), high.substr(1))});
    std::vector<ExpressionId> choices{
        m_grammar.sequence({m_grammar.bytes(low.substr(0, 1)),
                            sameLength(low.substr(1), std::string(low.size() - 1, '9'))}),
        m_grammar.sequence({m_grammar.bytes(high.substr(0, 1)),
                            sameLength(std::string(high.size() - 1, '0'), high.substr(1))})};
    if (low[0] + 1 < high[0])
        choices.push_back(m_grammar.sequence(
            {digit(char(low[0] + 1), char(high[0] - 1)), digits(size - 1, size - 1)}));
    return m_grammar.alternatives(std::move(choices));
}

} // namespace hearth::grammar
