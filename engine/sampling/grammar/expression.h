#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::grammar {

using ExpressionId = std::uint32_t;
using RuleId = std::uint32_t;

inline constexpr std::int32_t kUnbounded = -1;
inline constexpr char32_t kLastCodePoint = 0x10FFFF;

/// Code points from `first` to `last`; surrogates among them are left out.
struct CodeRange {
    char32_t first = 0;
    char32_t last = 0;
};

enum class ItemUse : std::uint8_t { Required, Optional, Repeated };

enum class ExpressionKind : std::uint8_t {
    Bytes,        ///< `bytes` as they stand.
    Characters,   ///< One code point of `ranges`, as UTF-8.
    Sequence,     ///< All children; none: the empty text.
    Alternatives, ///< One of the children; none: no text at all.
    Repeat,       ///< `child` from `min` to `max` times.
    Call,         ///< What the rule describes.
    TextThrough,  ///< Any bytes up to and with the first `bytes`.
    TextWithout,  ///< Any bytes in which `bytes` does not appear.
    List,         ///< Children in order as `uses` says, at least one, `separator` between.
};

struct Expression {
    ExpressionKind kind = ExpressionKind::Sequence;
    std::string bytes;
    std::vector<CodeRange> ranges;
    std::vector<ExpressionId> children;
    std::vector<ItemUse> uses;
    ExpressionId separator = 0;
    std::int32_t min = 0;
    std::int32_t max = 0;
    RuleId rule = 0;
};

/// Rules that call each other, as data: what a schema, a pattern or a grammar's text becomes
/// before it is an Automaton. Rule 0 is the root. A plain value for one thread.
class Grammar {
public:
    [[nodiscard]] RuleId addRule(std::string name);
    void setRule(RuleId rule, ExpressionId expression) { m_rules[rule].expression = expression; }

    [[nodiscard]] ExpressionId bytes(std::string text);
    /// Of unsorted ranges, which may overlap.
    [[nodiscard]] ExpressionId characters(std::vector<CodeRange> ranges);
    [[nodiscard]] ExpressionId sequence(std::vector<ExpressionId> children);
    [[nodiscard]] ExpressionId alternatives(std::vector<ExpressionId> children);
    [[nodiscard]] ExpressionId repeat(ExpressionId child, std::int32_t min, std::int32_t max);
    [[nodiscard]] ExpressionId optional(ExpressionId child) { return repeat(child, 0, 1); }
    [[nodiscard]] ExpressionId call(RuleId rule);
    [[nodiscard]] ExpressionId textThrough(std::string end);
    [[nodiscard]] ExpressionId textWithout(std::string part);
    [[nodiscard]] ExpressionId list(std::vector<ExpressionId> children, std::vector<ItemUse> uses,
                                    ExpressionId separator);
    [[nodiscard]] ExpressionId empty() { return sequence({}); }
    [[nodiscard]] ExpressionId nothing() { return alternatives({}); }

    struct Rule {
        std::string name;
        ExpressionId expression = 0;
    };
    [[nodiscard]] const std::vector<Rule>& rules() const { return m_rules; }
    [[nodiscard]] const Expression& expression(ExpressionId id) const { return m_expressions[id]; }
    [[nodiscard]] std::size_t expressionCount() const { return m_expressions.size(); }

private:
    ExpressionId add(Expression expression);

    std::vector<Rule> m_rules;
    std::vector<Expression> m_expressions;
};

/// `ranges` sorted, joined where they touch.
[[nodiscard]] std::vector<CodeRange> normalised(std::vector<CodeRange> ranges);
/// Every code point that is in none of `ranges`.
[[nodiscard]] std::vector<CodeRange> complement(std::vector<CodeRange> ranges);

} // namespace hearth::grammar
