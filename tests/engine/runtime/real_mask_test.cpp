#include "runtime/reply_constraint.h"
#include "sampling/grammar/compile_constraint.h"
#include "text/open_tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

using namespace hearth;

namespace {

Constraint schema(const char* text) {
    Constraint constraint;
    constraint.syntax = JsonSchema{text, UnknownKeywords::Fail};
    return constraint;
}

} // namespace

/// Every token of a real vocabulary, at the states of random replies: the mask says what reading
/// the token's bytes says.
TEST(RealMasks, MatchEveryTokenOfTheStarter) {
    const char* const path = std::getenv("HEARTH_STARTER_MODEL");
    if (path == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    const auto tokenizer = openTokenizer(path);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    const auto& ends = (*tokenizer)->specialTokens().eos;
    const auto width = std::int32_t((*tokenizer)->vocabularySize());
    const auto table = tokenTable(**tokenizer, ends, width);
    StructuralTags tags;
    tags.trigger = "<tool_call>";
    tags.tags = {
        {"<tool_call>{\"name\": \"f\", \"arguments\": ", AnyJsonObject{}, "}</tool_call>"}};
    Constraint call;
    call.syntax = tags;
    const std::vector<Constraint> constraints{
        schema("true"),
        schema(R"({"type":"object","properties":{"name":{"type":"string","maxLength":40},
            "age":{"type":"integer","maximum":99},"when":{"format":"date"}},"required":["age"]})"),
        call};
    std::mt19937 random(2);
    for (const Constraint& constraint : constraints) {
        auto compiled = grammar::compileConstraint(constraint);
        ASSERT_TRUE(compiled) << compiled.error().message();
        const auto grammar =
            std::make_shared<grammar::CompiledGrammar>(std::move(compiled->automaton), table);
        std::size_t checked = 0;
        for (int walk = 0; walk < 3; ++walk) {
            grammar::Matcher matcher(grammar);
            for (int step = 0; step < 12 && !matcher.isOver(); ++step, ++checked) {
                std::vector<std::uint32_t> mask(table->words());
                matcher.fillMask(mask);
                std::vector<std::int32_t> allowed;
                for (std::int32_t token = 0; token < width; ++token) {
                    const bool isSet = (mask[std::size_t(token) / 32] >> (token % 32) & 1) != 0;
                    const bool isEnd = std::find(ends.begin(), ends.end(), token) != ends.end();
                    const std::string_view bytes = table->bytes(token);
                    const bool takes = isEnd ? matcher.isComplete()
                                             : !bytes.empty() && matcher.allows(bytes);
                    ASSERT_EQ(isSet, takes) << token << " '" << bytes << "'";
                    if ((*tokenizer)->isSpecial(token) && !isEnd) {
                        ASSERT_FALSE(isSet) << token;
                    }
                    if (takes && !isEnd)
                        allowed.push_back(token);
                }
                if (allowed.empty())
                    break;
                ASSERT_TRUE(matcher.accept(allowed[random() % allowed.size()]));
            }
        }
        EXPECT_GT(checked, 10u);
    }
}
