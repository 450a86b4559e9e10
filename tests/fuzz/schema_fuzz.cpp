#include "sampling/grammar/compile_constraint.h"
#include "sampling/grammar/matcher.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

/// The first byte says what the rest is: a schema, a pattern or a grammar's text. What compiles is
/// walked along the input itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hearth;
    if (size == 0)
        return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    Constraint constraint;
    switch (data[0] % 4) {
    case 0:
        constraint.syntax = JsonSchema{text, UnknownKeywords::Fail};
        break;
    case 1:
        constraint.syntax = JsonSchema{text, UnknownKeywords::Ignore};
        break;
    case 2:
        constraint.syntax = RegularExpression{text};
        break;
    default:
        constraint.syntax = GrammarText{text};
        break;
    }
    static_cast<void>(grammar::constraintKey(constraint));
    auto compiled = grammar::compileConstraint(constraint);
    if (!compiled)
        return 0;
    static const auto table = [] {
        static std::string bytes(256, '\0');
        std::vector<grammar::TokenBytes> tokens;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = char(i);
            tokens.push_back({std::string_view(bytes).substr(i, 1), std::int32_t(i)});
        }
        return std::make_shared<const grammar::TokenTable>(std::move(tokens),
                                                           std::vector<std::int32_t>{}, 256);
    }();
    grammar::Matcher matcher(
        std::make_shared<grammar::CompiledGrammar>(std::move(compiled->automaton), table));
    std::vector<std::uint32_t> mask(table->words());
    for (std::size_t step = 0; step < 64 && !matcher.isOver(); ++step) {
        matcher.fillMask(mask);
        // No state is a dead end: something may always follow where the text is not complete.
        std::int32_t token = -1;
        for (std::int32_t i = 0; i < 256; ++i) {
            const auto candidate = std::int32_t((data[step % size] + i) % 256);
            if ((mask[std::size_t(candidate) / 32] >> (candidate % 32) & 1) != 0) {
                token = candidate;
                break;
            }
        }
        if (token < 0 || !matcher.accept(token))
            __builtin_trap();
    }
    return 0;
}
