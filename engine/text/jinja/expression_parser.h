#pragma once

#include <string_view>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/token_stream.h"

namespace hearth::jinja {

/// Parses expressions by recursive descent, in Jinja2's order of precedence.
class ExpressionParser {
public:
    static constexpr std::uint32_t kMaxNesting = 200;

    explicit ExpressionParser(TokenStream& tokens)
        : m_tokens(tokens) {}

    enum class Conditionals { Allow, Stop };

    ExpressionPtr parseExpression() { return parseConditional(); }
    /// One expression, or a tuple of several with commas between them.
    ExpressionPtr parseTuple(Conditionals conditionals = Conditionals::Allow,
                             std::string_view endName = {});
    /// What a value is stored to: names, tuples of them; with `namespaces` also ns.attribute.
    enum class Targets { Names, NamesAndNamespaces };
    ExpressionPtr parseTarget(Targets targets);
    /// One or more filters; the first one applies to `operand`, which may be null.
    ExpressionPtr parseFilters(ExpressionPtr operand);

    /// Guards one level of nesting of whatever is being parsed.
    class Nesting {
    public:
        explicit Nesting(ExpressionParser& parser);
        ~Nesting() { --m_parser.m_nesting; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

    private:
        ExpressionParser& m_parser;
    };

    /// The special names of macros that were read since they were last cleared.
    struct SpecialNames {
        bool varargs = false;
        bool kwargs = false;
        bool caller = false;
    };
    SpecialNames specialNames;

private:
    ExpressionPtr parseConditional();
    ExpressionPtr parseOr();
    ExpressionPtr parseAnd();
    ExpressionPtr parseNot();
    ExpressionPtr parseCompare();
    bool parseComparison(Expression& compare);
    ExpressionPtr parseSum();
    ExpressionPtr parseConcat();
    ExpressionPtr parseProduct();
    ExpressionPtr parsePower();
    enum class Filters { Apply, Leave };
    ExpressionPtr parseUnary(Filters filters);
    ExpressionPtr parsePrimary();
    ExpressionPtr parseName();
    ExpressionPtr parseNumber();
    ExpressionPtr parseString();
    ExpressionPtr parseParenthesized();
    ExpressionPtr parseList();
    ExpressionPtr parseDict();
    ExpressionPtr parsePostfix(ExpressionPtr operand);
    ExpressionPtr parseFiltersAndTests(ExpressionPtr operand);
    ExpressionPtr parseAttribute(ExpressionPtr operand);
    ExpressionPtr parseSubscript(ExpressionPtr operand);
    ExpressionPtr parseIndex();
    ExpressionPtr parseCall(ExpressionPtr callee);
    std::vector<Argument> parseArguments();
    Argument parseArgument(const std::vector<Argument>& before);
    ExpressionPtr parseFilter(ExpressionPtr operand);
    ExpressionPtr parseTest(ExpressionPtr operand);
    std::string parseDottedName();
    [[nodiscard]] bool atTupleEnd(std::string_view endName) const;
    ExpressionPtr parseTargetItem(Targets targets);

    template<typename... Operands>
    ExpressionPtr node(ExpressionKind kind, int line, Operands... operands);
    ExpressionPtr finished(ExpressionPtr node) const;

    TokenStream& m_tokens;
    std::uint32_t m_nesting = 0;
};

} // namespace hearth::jinja
