#include "engine/sampling/grammar/grammar_support.h"

#include "sampling/grammar/compile_constraint.h"

#include <gtest/gtest.h>

#include <utility>

namespace hearth::test {

std::shared_ptr<const TokenTable> byteTable() {
    std::string bytes(256, '\0');
    std::vector<grammar::TokenBytes> tokens;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = char(i);
        tokens.push_back({std::string_view(bytes).substr(i, 1), std::int32_t(i)});
    }
    return std::make_shared<TokenTable>(std::move(tokens), std::vector<std::int32_t>{256}, 257);
}

std::shared_ptr<const CompiledGrammar> compiled(const Constraint& constraint,
                                                std::shared_ptr<const TokenTable> table) {
    auto result = grammar::compileConstraint(constraint);
    if (!result) {
        ADD_FAILURE() << result.error().message();
        return nullptr;
    }
    return std::make_shared<CompiledGrammar>(std::move(result->automaton), std::move(table));
}

Constraint schemaConstraint(std::string text) {
    Constraint constraint;
    constraint.syntax = JsonSchema{std::move(text), UnknownKeywords::Fail};
    return constraint;
}

Constraint regexConstraint(std::string pattern) {
    Constraint constraint;
    constraint.syntax = RegularExpression{std::move(pattern)};
    return constraint;
}

Constraint gbnfConstraint(std::string text) {
    Constraint constraint;
    constraint.syntax = GrammarText{std::move(text)};
    return constraint;
}

std::string repeated(std::string_view text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i)
        result += text;
    return result;
}

bool accepts(const std::shared_ptr<const CompiledGrammar>& grammar, std::string_view text) {
    if (grammar == nullptr)
        return false;
    Matcher matcher(grammar);
    return matcher.acceptBytes(text) && matcher.isComplete();
}

std::string errorOf(const Constraint& constraint) {
    const auto result = grammar::compileConstraint(constraint);
    return result ? std::string() : result.error().field + ": " + result.error().detail;
}

} // namespace hearth::test
