#include "engine/sampling/grammar/grammar_support.h"
#include "sampling/grammar/compile_constraint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace hearth;
using namespace hearth::test;

namespace {

struct Case {
    std::string source;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

void check(const std::vector<Case>& cases, Constraint (*make)(std::string)) {
    for (const Case& one : cases) {
        const auto grammar = compiled(make(one.source));
        ASSERT_NE(grammar, nullptr) << one.source;
        for (const std::string& text : one.good)
            EXPECT_TRUE(accepts(grammar, text)) << one.source << ": " << text;
        for (const std::string& text : one.bad)
            EXPECT_FALSE(accepts(grammar, text)) << one.source << ": " << text;
    }
}

/// For what takes milliseconds on a machine that has nothing else to do, and for ever if work grows
/// with the numbers in a pattern.
constexpr std::chrono::seconds kLimit{20};

/// The error of a constraint, which has to come in time.
std::string quickErrorOf(const Constraint& constraint) {
    const auto begin = std::chrono::steady_clock::now();
    std::string error = errorOf(constraint);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kLimit);
    return error;
}

Constraint tags(TagUse use) {
    StructuralTags form;
    form.trigger = "<call>";
    form.tags = {{"<call>a:", RegularExpression{"[0-9]+"}, "</call>"},
                 {"<call>b:", AnyJsonObject{}, "</call>"}};
    form.separator = "\n";
    form.use = use;
    Constraint constraint;
    constraint.syntax = std::move(form);
    return constraint;
}

} // namespace

TEST(RegexGrammar, MatchesWholeTexts) {
    check({{"a|bc|", {"a", "bc", ""}, {"b", "abc"}},
           {"(?:ab)+c?", {"ab", "ababc"}, {"", "c", "aba"}},
           {"a{2}b{1,}c{0,2}?", {"aab", "aabbbcc"}, {"ab", "aac", "aabccc"}},
           {R"([a-c\d\-]+)", {"a1-", "c"}, {"d", ""}},
           {R"([^a-y]z)", {"éz", "zz", "😀z"}, {"az", "z"}},
           {R"(\u00e9\x41\u{1F600})", {"éA😀"}, {"eA"}},
           {"^a.c$", {"abc", "aéc"}, {"a\nc", "ac"}},
           {R"(\w+@\w+\.com)", {"me@x.com"}, {"me@x,com"}},
           {"(?<year>\\d{4})-(\\d\\d)", {"2024-01"}, {"24-01"}},
           {"x{,3}", {"x{,3}"}, {"xxx"}},
           {R"(\*\[\])", {"*[]"}, {"*"}}},
          regexConstraint);
}

TEST(RegexGrammar, NamesWhatItLacks) {
    for (const char* const pattern : {"(?=a)", "(?!a)", "(?<=a)", R"(\bx)", R"((a)\1)", R"(\p{L})",
                                      "a^b", "(^a|b)", "a++", "[[:alpha:]]"})
        EXPECT_THAT(errorOf(regexConstraint(pattern)), testing::HasSubstr("at offset")) << pattern;
    for (const char* const pattern : {"(", ")", "[a", "*a", "a{3,2}", "[z-a]", "\\", R"(\xZ1)"})
        EXPECT_THAT(errorOf(regexConstraint(pattern)), testing::StartsWith("pattern: ")) << pattern;
}

TEST(GbnfGrammar, ReadsRules) {
    check({{"root ::= \"yes\" | \"no\" [!?]{0,3} # an answer", {"yes", "no", "no!?!"}, {"yes!"}},
           {"root ::= item (\",\" item)*\nitem ::= [a-z]+ | \"(\" root \")\"\n",
            {"a", "a,b", "(a,(b)),c"},
            {"", "(a", "a,"}},
           {"root ::= ( \"a\"\n  | \"b\" )+\n\n# rest\n", {"abba"}, {"c"}},
           {"root ::= [^\\n\"]* \"\\x41\\u00e9\\n\"", {"xAé\n"}, {"x"}},
           {"root ::= . .", {"é😀"}, {"a"}}},
          gbnfConstraint);
    for (const char* const text :
         {"", "root = a", "root ::= other", "x ::= \"a\"", "root ::= \"a", "root ::= (\"a\"",
          "root ::= \"a\"\nroot ::= \"b\"", "root ::= ]"})
        EXPECT_THAT(errorOf(gbnfConstraint(text)), testing::StartsWith("grammar: ")) << text;
}

TEST(ChoiceGrammar, TakesOneOfTheTexts) {
    Constraint constraint;
    constraint.syntax = TextChoice{{"red", "reddish", "blue"}};
    const auto grammar = compiled(constraint);
    EXPECT_TRUE(accepts(grammar, "red"));
    EXPECT_TRUE(accepts(grammar, "reddish"));
    EXPECT_FALSE(accepts(grammar, "redd"));
    EXPECT_FALSE(accepts(grammar, ""));
    constraint.syntax = TextChoice{};
    EXPECT_NE(errorOf(constraint), "");
}

TEST(StructuralTagGrammar, HoldsOnlyWhatIsInsideOfTags) {
    const auto grammar = compiled(tags(TagUse::Optional));
    for (const char* const text :
         {"", "free text", "<call>a:12</call>", "Look: <call>b:{}</call> done", "<cal <call",
          "<call>a:1</call>\n<call>a:2</call> and <call>b:{\"x\":1}</call>"})
        EXPECT_TRUE(accepts(grammar, text)) << text;
    for (const char* const text : {"<call>", "<call>c:1</call>", "<call>a:x</call>", "<<call>a:1"})
        EXPECT_FALSE(accepts(grammar, text)) << text;
    const auto required = compiled(tags(TagUse::Required));
    EXPECT_TRUE(accepts(required, "<call>a:1</call>\n<call>b:{}</call>"));
    EXPECT_FALSE(accepts(required, "x<call>a:1</call>"));
    EXPECT_FALSE(accepts(required, ""));
    const auto one = compiled(tags(TagUse::RequiredOne));
    EXPECT_TRUE(accepts(one, "<call>a:1</call>"));
    EXPECT_FALSE(accepts(one, "<call>a:1</call>\n<call>b:{}</call>"));
}

TEST(StructuralTagGrammar, BeginsBehindTheReasoning) {
    Constraint constraint;
    constraint.syntax = AnyJsonObject{};
    constraint.startAfter = "</think>";
    const auto grammar = compiled(constraint);
    EXPECT_TRUE(accepts(grammar, "<think>{ maybe </thi\n</think>\n\n{\"a\":1}"));
    EXPECT_TRUE(accepts(grammar, "</think>{}"));
    EXPECT_FALSE(accepts(grammar, "{}"));
    EXPECT_FALSE(accepts(grammar, "</think>text"));
}

TEST(StructuralTagGrammar, WritesXmlParameters) {
    Constraint constraint;
    constraint.syntax = XmlParameters{
        {R"({"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},
             "required":["city"]})",
         UnknownKeywords::Fail}};
    const auto grammar = compiled(constraint);
    EXPECT_TRUE(accepts(grammar, "<parameter=city>\nNew <York>\n</parameter>\n"));
    EXPECT_TRUE(accepts(grammar, "<parameter=city>\nA\nB\n</parameter>\n"
                                 "<parameter=days>\n3\n</parameter>\n"));
    EXPECT_FALSE(accepts(grammar, "<parameter=days>\n3\n</parameter>\n"));
    EXPECT_FALSE(accepts(grammar, "<parameter=city>\nA\n</parameter>\n"
                                  "<parameter=days>\nx\n</parameter>\n"));
}

TEST(GrammarFaults, fault_032_left_recursion) {
    EXPECT_THAT(quickErrorOf(gbnfConstraint("root ::= root \"a\" | \"a\"")),
                testing::HasSubstr("left recursion"));
    EXPECT_THAT(quickErrorOf(gbnfConstraint("root ::= x* y\nx ::= \"a\"?\ny ::= x root")),
                testing::HasSubstr("left recursion"));
    EXPECT_NE(quickErrorOf(schemaConstraint(R"({"$ref":"#"})")), "");
    EXPECT_NE(quickErrorOf(schemaConstraint(R"({"allOf":[{"$ref":"#"}],"type":"object"})")), "");
}

TEST(GrammarFaults, fault_032_long_chains_of_rules) {
    std::string chain = "root ::= r0\n";
    for (int i = 0; i < 9'000; ++i)
        chain += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + "\n";
    chain += "r9000 ::= \"a\"?";
    EXPECT_EQ(quickErrorOf(gbnfConstraint(chain)), "");
    std::string circle = "root ::= r0\n";
    for (int i = 0; i < 9'000; ++i)
        circle += "r" + std::to_string(i) + " ::= r" + std::to_string((i + 1) % 9'000) + "\n";
    EXPECT_NE(quickErrorOf(gbnfConstraint(circle)), "");
}

TEST(GrammarFaults, fault_032_describes_no_text) {
    EXPECT_THAT(quickErrorOf(gbnfConstraint("root ::= \"a\" root")),
                testing::HasSubstr("no text"));
    EXPECT_THAT(quickErrorOf(schemaConstraint(
                    R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})")),
                testing::HasSubstr("no text"));
    EXPECT_THAT(quickErrorOf(schemaConstraint("false")), testing::HasSubstr("no text"));
}

TEST(GrammarFaults, fault_032_huge_repeats) {
    for (const char* const pattern :
         {"((a{1000}){1000}){1000}", "(a?){99999}(b?){99999}(c?){99999}", "a{999999999999}",
          "(.*a.{30}){5}", "(x+x+)+y.{20000}", "[^a]{50000}", "(a|aa|aaa){5000}"}) {
        const auto begin = std::chrono::steady_clock::now();
        static_cast<void>(errorOf(regexConstraint(pattern)));
        EXPECT_LT(std::chrono::steady_clock::now() - begin, kLimit) << pattern;
    }
    EXPECT_NE(quickErrorOf(regexConstraint("((a{1000}){1000}){1000}")), "");
    EXPECT_NE(quickErrorOf(regexConstraint(".*a.{30}")), "");
    EXPECT_NE(quickErrorOf(schemaConstraint(R"({"type":"array","minItems":1000000})")), "");
}

TEST(GrammarFaults, fault_032_deep_and_wide_schemas) {
    EXPECT_NE(quickErrorOf(schemaConstraint(repeated(R"({"items":)", 100'000))), "");
    EXPECT_NE(quickErrorOf(schemaConstraint(repeated("[", 1'000'000))), "");
    EXPECT_NE(quickErrorOf(regexConstraint(repeated("(", 100'000))), "");
    EXPECT_NE(quickErrorOf(gbnfConstraint("root ::= " + repeated("(", 100'000))), "");
    std::string wide = R"({"type":"object","properties":{)";
    for (int i = 0; i < 50'000; ++i)
        wide += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) + "\":{}";
    EXPECT_NE(quickErrorOf(schemaConstraint(wide + "}}")), "");
    std::string product = R"({"allOf":[)";
    for (int i = 0; i < 30; ++i)
        product += std::string(i > 0 ? "," : "") + R"({"anyOf":[{"minimum":1},{"maximum":5}]})";
    EXPECT_NE(quickErrorOf(schemaConstraint(product + "]}")), "");
}

TEST(GrammarFaults, fault_032_large_schemas_compile_in_time) {
    std::string wide = R"({"type":"object","additionalProperties":true,"properties":{)";
    for (int i = 0; i < 1000; ++i)
        wide += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) +
                R"(":{"type":"object","properties":{"x":{"type":"string","maxLength":20}}})";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(errorOf(schemaConstraint(wide + "}}")), "");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kLimit);
}
