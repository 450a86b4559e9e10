#include "engine/sampling/grammar/grammar_support.h"
#include "sampling/grammar/compile_constraint.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

using namespace hearth;
using namespace hearth::test;

namespace {

/// Tokens as a tokenizer has them: each byte, pieces of JSON, words, parts of characters, twins.
std::shared_ptr<const TokenTable> mixedTable() {
    static const std::vector<std::string> texts = [] {
        std::vector<std::string> all;
        for (int i = 0; i < 256; ++i)
            all.emplace_back(1, char(i));
        for (const char* const piece :
             {"{\"", "\":", "\": \"", "\",", "\", \"", "\"}", "\"]", "\"}]", "},{", "[]", "{}", "null",
              "true", "false", "tru", "name", "\"name\"", " \"", "\n  ", "\n    \"", "  ", "1", "12",
              "123", ".5", "e1", "-1", "é", "\xC3", "\xA9", "😀", "\xF0\x9F", "\x98\x80", "\\u00",
              "\\n", "\\\"", "a\",\"b", "value\": {\"", "the", " the", "]}", "]]}", "],[", "\":[{\"",
              "age", "a\": 1}", "</", "<call>", "<ca", "ll>a:1", "</call>", "name", "\xE2\x82"})
            all.emplace_back(piece);
        std::mt19937 random(3);
        for (int i = 0; i < 300; ++i) {
            std::string text;
            for (unsigned n = 0; n < 1 + random() % 45; ++n)
                text += "abc \"{}[]:,1e\\\n-"[random() % (i % 2 == 0 ? 4 : 16)];
            all.push_back(text);
        }
        return all;
    }();
    std::vector<grammar::TokenBytes> tokens;
    for (std::size_t i = 0; i < texts.size(); ++i)
        tokens.push_back({texts[i], std::int32_t(i)});
    const auto count = std::int32_t(texts.size());
    return std::make_shared<TokenTable>(std::move(tokens),
                                        std::vector<std::int32_t>{count + 1}, count + 7);
}

/// What the mask says against what accept() does with each token, along random walks.
void walk(const Constraint& constraint, int walks, int steps) {
    const auto table = mixedTable();
    const auto grammar = compiled(constraint, table);
    ASSERT_NE(grammar, nullptr);
    std::mt19937 random(11);
    for (int round = 0; round < walks; ++round) {
        Matcher matcher(grammar);
        for (int step = 0; step < steps && !matcher.isOver(); ++step) {
            std::vector<std::uint32_t> mask(table->words(), ~0U);
            matcher.fillMask(mask);
            std::vector<std::int32_t> allowed;
            for (std::int32_t token = 0; token < std::int32_t(table->words() * 32); ++token) {
                Matcher copy = matcher;
                const bool isSet = (mask[std::size_t(token) / 32] >> (token % 32) & 1) != 0;
                const bool takes = copy.accept(token);
                ASSERT_EQ(isSet, takes) << "token " << token << " '" << table->bytes(token) << "'";
                if (takes && !table->bytes(token).empty())
                    allowed.push_back(token);
            }
            if (allowed.empty())
                break;
            ASSERT_TRUE(matcher.accept(allowed[random() % allowed.size()]));
        }
    }
}

} // namespace

TEST(TokenMasks, MatchEveryTokenOnRandomWalks) {
    walk(schemaConstraint("true"), 8, 40);
    walk(schemaConstraint(R"({"type":"object","properties":{"name":{"type":"string"},
        "age":{"type":"integer","minimum":0,"maximum":130},
        "tags":{"type":"array","items":{"type":"string","maxLength":60}}},"required":["age"]})"),
         8, 40);
    walk(schemaConstraint(R"({"$defs":{"t":{"type":"object","properties":{"value":{"type":"object",
        "additionalProperties":{"$ref":"#/$defs/t"}},"a":{"type":"number"}}}},"$ref":"#/$defs/t"})"),
         8, 40);
    walk(schemaConstraint(R"({"type":"string","minLength":60,"maxLength":150})"), 4, 60);
    walk(regexConstraint("(a|the|é|\\x00)*-[^a]{50}"), 4, 60);
    walk(gbnfConstraint("root ::= (\"{\" root \"}\" | \"[\" root \"]\")* | [a-c \"]+"), 8, 40);
    StructuralTags tags;
    tags.trigger = "<call>";
    tags.tags = {{"<call>a:", AnyJsonObject{}, "</call>"},
                 {"<call>a:1", RegularExpression{"[1-9]+"}, "</call>"}};
    Constraint constraint;
    constraint.syntax = std::move(tags);
    walk(constraint, 6, 60);
}

TEST(TokenMasks, EndTokensComeOnlyWhereTheTextIsComplete) {
    const auto table = byteTable();
    Matcher matcher(compiled(regexConstraint("ab?"), table));
    std::vector<std::uint32_t> mask(table->words());
    const auto mayEnd = [&] {
        matcher.fillMask(mask);
        return (mask[256 / 32] & 1) != 0;
    };
    EXPECT_FALSE(mayEnd());
    ASSERT_TRUE(matcher.accept('a'));
    EXPECT_TRUE(mayEnd());
    EXPECT_FALSE(matcher.isOver());
    ASSERT_TRUE(matcher.accept('b'));
    EXPECT_TRUE(mayEnd());
    EXPECT_TRUE(matcher.isOver());
    EXPECT_FALSE(matcher.accept('b'));
    EXPECT_TRUE(matcher.accept(256));
}

TEST(TokenMasks, RefusedTokensChangeNothing) {
    Matcher matcher(compiled(schemaConstraint(R"({"enum":["ab"]})")));
    EXPECT_FALSE(matcher.acceptBytes("\"ax"));
    EXPECT_TRUE(matcher.acceptBytes("\"a"));
    EXPECT_FALSE(matcher.acceptBytes("\""));
    EXPECT_TRUE(matcher.acceptBytes("b\""));
    EXPECT_TRUE(matcher.isOver());
}

TEST(TokenMasks, NestsDeeply) {
    Matcher matcher(compiled(schemaConstraint("true")));
    for (int i = 0; i < 5000; ++i)
        ASSERT_TRUE(matcher.acceptBytes(i % 2 == 0 ? "[" : "{\"a\":"));
    EXPECT_TRUE(matcher.acceptBytes("1"));
    for (int i = 5000; i-- > 0;)
        ASSERT_TRUE(matcher.acceptBytes(i % 2 == 0 ? "]" : "}"));
    EXPECT_TRUE(matcher.isOver());
}
