#pragma once

#include "sampling/grammar/expression.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::grammar {

/// The rules of JSON (RFC 8259) that schemas share, added to a grammar when first asked for.
/// Narrower than JSON where a model could go on for ever: between tokens stands at most one space,
/// or a line feed and an indentation; numbers have at most 20 digits a part. The grammar must
/// outlive it.
class JsonRules {
public:
    explicit JsonRules(Grammar& grammar) : m_grammar(grammar) {}

    [[nodiscard]] ExpressionId value();
    [[nodiscard]] ExpressionId object();
    [[nodiscard]] ExpressionId array();
    [[nodiscard]] ExpressionId string();
    [[nodiscard]] ExpressionId number();
    [[nodiscard]] ExpressionId integer();
    [[nodiscard]] ExpressionId boolean();
    /// Behind a comma or a bracket.
    [[nodiscard]] ExpressionId space();
    /// A comma, a colon: with the space behind them.
    [[nodiscard]] ExpressionId comma();
    [[nodiscard]] ExpressionId colon();

    /// Brackets around `inside`, with the space behind the first.
    [[nodiscard]] ExpressionId enclosed(const char* open, ExpressionId inside, const char* close);

    /// A string of so many characters.
    [[nodiscard]] ExpressionId string(std::int32_t min, std::int32_t max);
    /// A string that is none of these (valid UTF-8), written without \u and \/.
    [[nodiscard]] ExpressionId stringExcept(const std::vector<std::string>& texts);
    /// From `min` to `max`, where given. Nothing at all if min > max.
    [[nodiscard]] ExpressionId integer(std::optional<std::int64_t> min,
                                       std::optional<std::int64_t> max);
    /// The same for numbers with a fraction and without an exponent. With `Exclusive` the end
    /// itself is left out.
    enum class Bound : std::uint8_t { Inclusive, Exclusive };
    [[nodiscard]] ExpressionId number(std::optional<std::int64_t> min, Bound minBound,
                                      std::optional<std::int64_t> max, Bound maxBound);

    [[nodiscard]] ExpressionId digits(std::int32_t min, std::int32_t max);

private:
    struct Known {
        bool isThere = false;
        RuleId rule = 0;
    };
    template<typename Make>
    ExpressionId shared(Known& known, const char* name, Make make) {
        if (!known.isThere) {
            // Rules may call themselves: the number is there before the content.
            known = {true, m_grammar.addRule(name)};
            m_grammar.setRule(known.rule, make());
        }
        return m_grammar.call(known.rule);
    }
    [[nodiscard]] ExpressionId character();
    [[nodiscard]] ExpressionId exceptBelow(const std::vector<std::string>& texts,
                                           std::size_t depth);
    [[nodiscard]] ExpressionId naturals(std::uint64_t min, std::optional<std::uint64_t> max);
    [[nodiscard]] ExpressionId sameLength(const std::string& low, const std::string& high);

    Grammar& m_grammar;
    Known m_value;
    Known m_object;
    Known m_array;
    Known m_string;
    Known m_number;
    Known m_integer;
    Known m_space;
    Known m_rest; ///< Of a name that is none of those excepted.
};

} // namespace hearth::grammar
