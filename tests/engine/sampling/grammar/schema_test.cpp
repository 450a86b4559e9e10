#include "engine/sampling/grammar/grammar_support.h"
#include "sampling/grammar/compile_constraint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace hearth;
using namespace hearth::test;

namespace {

/// What a schema allows and what not.
struct SchemaCase {
    const char* name;
    const char* schema;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

const std::vector<SchemaCase>& cases() {
    static const std::vector<SchemaCase> all{
        {"type_object",
         R"({"type":"object"})",
         {"{}", R"({"a":1})", R"({"a": [1, null, {"b": "c"}]})", "{\n  \"a\": 1\n}"},
         {"[]", "", "{", R"({"a"})", R"({"a":1,})", R"({a:1})", "{   }", " {}", "{} "}},
        {"type_list", R"({"type":["string","null","integer"]})",
         {R"("x")", "null", "-12", "0"}, {"true", "1.5", "01", "-", "[]"}},
        {"number", R"({"type":"number"})",
         {"0", "-1.5", "1e5", "2.25E-10", "123456789"},
         {"01", "1.", ".5", "+1", "NaN", "1e999", "--1"}},
        {"boolean", R"({"type":"boolean"})", {"true", "false"}, {"True", "null", "1"}},
        {"string", R"({"type":"string"})",
         {R"("")", R"("aé😀")", R"("\"\\\/\b\n")", R"("\u00e9\ud83d\ude00")"},
         {"\"a\nb\"", R"("\x")", R"("\ud83d")", R"("\ude00")", R"("a)", "\"\xff\"",
          "\"\xed\xa0\x80\""}},
        {"properties",
         R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},
             "required":["a"],"additionalProperties":false})",
         {R"({"a":1})", R"({"a": 1, "b": "x"})"},
         {"{}", R"({"b":"x"})", R"({"b":"x","a":1})", R"({"a":1,"c":2})", R"({"a":1,"a":1})"}},
        {"optional_properties",
         R"({"properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}}})",
         {"{}", R"({"a":null})", R"({"b":null})", R"({"c":null})", R"({"a":null,"c":null})",
          R"({"a":null,"b":null,"c":null})"},
         {R"({"c":null,"a":null})", R"({,"a":null})", R"({"d":null})"}},
        {"middle_required",
         R"({"properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},
             "required":["b"]})",
         {R"({"b":null})", R"({"a":null,"b":null})", R"({"b":null,"c":null})"},
         {"{}", R"({"a":null})", R"({"c":null})", R"({"a":null,"c":null})"}},
        {"additional_schema",
         R"({"properties":{"id":{"type":"integer"}},"required":["id"],
             "additionalProperties":{"type":"boolean"}})",
         {R"({"id":1})", R"({"id":1,"x":true,"idx":false,"i":true,"":true})"},
         {R"({"id":1,"id":true})", R"({"id":1,"x":2})", R"({"id":1,"\u0069d":true})"}},
        {"only_additional", R"({"type":"object","additionalProperties":{"type":"integer"}})",
         {"{}", R"({"x":1,"y":2})"}, {R"({"x":"y"})"}},
        {"required_unknown", R"({"type":"object","required":["z"]})",
         {R"({"z":1})", R"({"z":{},"y":2})"}, {"{}", R"({"y":1})"}},
        {"enum", R"({"enum":["a b",1,null,{"k":[1,2]},"é"]})",
         {R"("a b")", "1", "null", R"({"k":[1,2]})", R"({"k": [1, 2]})", R"("é")"},
         {R"("a")", "2", R"({"k":[2,1]})"}},
        {"enum_typed", R"({"type":"string","enum":["a",1]})", {R"("a")"}, {"1"}},
        {"const", R"({"const":"x\ny"})", {R"("x\ny")"}, {R"("x")", "\"x\ny\""}},
        {"any_of", R"({"anyOf":[{"type":"integer"},{"type":"object","properties":{}}]})",
         {"1", "{}"}, {R"("x")", "1{}"}},
        {"any_of_with_siblings",
         R"({"type":"object","properties":{"k":{"type":"integer"}},"required":["k"],
             "anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},
                      {"properties":{"b":{"const":2}},"required":["b"]}]})",
         {R"({"k":5,"a":1})", R"({"k":5,"b":2})"}, {R"({"k":5})", R"({"a":1})"}},
        {"one_of", R"({"oneOf":[{"type":"string"},{"type":"null"}]})", {"\"\"", "null"}, {"1"}},
        {"all_of",
         R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},
                      {"properties":{"b":{"type":"string"},"a":{"minimum":3}},"required":["b"]}]})",
         {R"({"a":3,"b":""})", R"({"a":10,"b":"x"})"},
         {R"({"a":2,"b":""})", R"({"a":3})", R"({"b":""})"}},
        {"all_of_contradiction", R"({"anyOf":[{"allOf":[{"type":"string"},{"type":"null"}]},
                                              {"type":"boolean"}]})",
         {"true"}, {"null", "\"\""}},
        {"ref",
         R"({"$defs":{"n":{"type":"integer"}},"type":"array","items":{"$ref":"#/$defs/n"}})",
         {"[]", "[1]", "[1, 2,3]", "[\n  1,\n  2\n]"}, {"[1,]", "[\"\"]", "[,1]"}},
        {"ref_with_siblings", R"({"$defs":{"n":{"type":"integer"}},"$ref":"#/$defs/n","minimum":5})",
         {"5", "123"}, {"4", "-5"}},
        {"ref_anchor", R"({"$defs":{"n":{"$anchor":"here","const":1}},"$ref":"#here"})", {"1"},
         {"2"}},
        {"recursive",
         R"({"$defs":{"t":{"type":"object","properties":{"v":{"type":"integer"},
             "c":{"type":"array","items":{"$ref":"#/$defs/t"}}},"required":["v"]}},
             "$ref":"#/$defs/t"})",
         {R"({"v":1})", R"({"v":1,"c":[]})", R"({"v":1,"c":[{"v":2,"c":[{"v":3}]}]})"},
         {R"({"c":[]})", R"({"v":1,"c":[{}]})"}},
        {"recursive_root",
         R"({"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}})",
         {"{}", R"({"next":null})", R"({"next":{"next":{}}})"}, {R"({"next":1})"}},
        {"prefix_items",
         R"({"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false})",
         {"[]", R"(["a"])", R"(["a",1])"}, {"[1]", R"(["a",1,2])"}},
        {"prefix_and_items",
         R"({"prefixItems":[{"const":"a"}],"items":{"type":"integer"},"minItems":2})",
         {R"(["a",1])", R"(["a",1,2,3])"}, {R"(["a"])", "[]", R"(["a","b"])"}},
        {"min_max_items",
         R"({"type":"array","items":{"type":"boolean"},"minItems":2,"maxItems":3})",
         {"[true,true]", "[true,false,true]"}, {"[true]", "[]", "[true,true,true,true]"}},
        {"no_items", R"({"type":"array","maxItems":0})", {"[]"}, {"[1]"}},
        {"length", R"({"type":"string","minLength":2,"maxLength":3})",
         {R"("ab")", R"("abc")", R"("é😀")", R"("\n\u0041")", R"("\ud83d\ude00x")"},
         {R"("a")", R"("abcd")", R"("")"}},
        {"long_length", R"({"type":"string","minLength":100,"maxLength":200})",
         {'"' + repeated("x", 100) + '"', '"' + repeated("é", 200) + '"'},
         {'"' + repeated("x", 99) + '"', '"' + repeated("x", 201) + '"'}},
        {"pattern", R"({"type":"string","pattern":"^[A-Z]{2}-\\d+$"})",
         {R"("AB-1")", R"("ZZ-007")"}, {R"("A-1")", R"("AB-")", R"("xAB-1")"}},
        {"pattern_search", R"({"type":"string","pattern":"cat"})",
         {R"("cat")", R"("a cat!")", R"("concatenate")"}, {R"("dog")", R"("")"}},
        {"pattern_escapes", R"({"type":"string","pattern":"^[\"\\\\\\n]$"})",
         {R"("\"")", R"("\\")", R"("\n")"}, {"\"\n\"", R"("a")"}},
        {"integer_range", R"({"type":"integer","minimum":-5,"maximum":120})",
         {"-5", "-1", "0", "7", "99", "100", "120"}, {"-6", "121", "-0", "00", "1000", "12.0"}},
        {"integer_open", R"({"type":"integer","exclusiveMinimum":9})",
         {"10", "11", "99", "123456"}, {"9", "0", "-10"}},
        {"integer_at_most", R"({"type":"integer","exclusiveMaximum":0})", {"-1", "-99"},
         {"0", "1"}},
        {"number_range", R"({"type":"number","minimum":0,"maximum":1})",
         {"0", "0.0", "0.25", "1", "1.0", "1.00"}, {"1.01", "-0.5", "2", "1e5"}},
        {"number_exclusive", R"({"type":"number","exclusiveMinimum":-2,"maximum":3})",
         {"-1.5", "-1", "0", "3", "2.99"}, {"-2", "-2.0", "-2.1", "3.1"}},
        {"date", R"({"type":"string","format":"date"})",
         {R"("2024-02-29")", R"("1999-12-31")"},
         {R"("2023-02-29")", R"("2023-13-01")", R"("2023-04-31")", R"("23-01-01")"}},
        {"date_time", R"({"type":"string","format":"date-time"})",
         {R"("2024-05-01T23:59:59Z")", R"("2024-05-01T00:00:00.123+02:00")"},
         {R"("2024-05-01 00:00:00Z")", R"("2024-05-01T24:00:00Z")", R"("2024-05-01T10:00:00")"}},
        {"uuid", R"({"type":"string","format":"uuid"})",
         {R"("123e4567-e89b-12d3-a456-426614174000")"}, {R"("123e4567")"}},
        {"nullable", R"({"type":"integer","nullable":true})", {"1", "null"}, {"\"\""}},
        {"anything", "true", {"1", "[]", R"({"a":null})", "\"\""}, {"x"}},
        {"empty_schema", "{}", {"1", "[]"}, {""}},
        {"closed_by_all_of",
         R"({"allOf":[{"properties":{"a":{"type":"null"}},"additionalProperties":false},
                      {"properties":{"b":{"type":"null"}}}]})",
         {"{}", R"({"a":null})"}, {R"({"b":null})"}},
    };
    return all;
}

} // namespace

TEST(JsonSchemaGrammar, AcceptsAndRejectsByKeyword) {
    for (const SchemaCase& one : cases()) {
        const auto grammar = compiled(schemaConstraint(one.schema));
        ASSERT_NE(grammar, nullptr) << one.name;
        for (const std::string& text : one.good)
            EXPECT_TRUE(accepts(grammar, text)) << one.name << ": " << text;
        for (const std::string& text : one.bad)
            EXPECT_FALSE(accepts(grammar, text)) << one.name << ": " << text;
    }
}

TEST(JsonSchemaGrammar, WhitespaceIsBounded) {
    const auto grammar = compiled(schemaConstraint(R"({"type":"array","items":{"type":"null"}})"));
    EXPECT_TRUE(accepts(grammar, "[\n" + repeated(" ", 32) + "null\n]"));
    EXPECT_FALSE(accepts(grammar, "[\n" + repeated(" ", 33) + "null\n]"));
    EXPECT_FALSE(accepts(grammar, "[\n\nnull]"));
    EXPECT_FALSE(accepts(grammar, "[  null]"));
}

TEST(JsonSchemaGrammar, NamesWhatCannotBeCompiled) {
    const std::vector<std::pair<const char*, const char*>> bad{
        {R"#({"properties":{"a/b":{"type":"string","pattern":"(?=x)"}}})#",
         "#/properties/a~1b/pattern"},
        {R"({"type":"array","uniqueItems":true})", "#/uniqueItems"},
        {R"({"not":{"type":"null"}})", "#/not"},
        {R"({"type":"object","patternProperties":{"^a":true}})", "#/patternProperties"},
        {R"({"type":"integer","multipleOf":5})", "#/multipleOf"},
        {R"({"type":"number","minimum":0.5})", "#/minimum"},
        {R"({"items":{"$ref":"https://example.com/x"}})", "#/items/$ref"},
        {R"({"$ref":"#/$defs/none"})", "#/$ref"},
        {R"({"type":"strin"})", "#/type"},
        {R"({"type":"string","maxLength":100000})", "#/maxLength"},
        {R"({"properties":[]})", "#/properties"},
        {R"(["no schema"])", "#"},
        {R"({"type": )", "#"},
    };
    for (const auto& [schema, field] : bad)
        EXPECT_THAT(errorOf(schemaConstraint(schema)),
                    testing::StartsWith(std::string(field) + ":"))
            << schema;
}

TEST(JsonSchemaGrammar, IgnoresWhatItIsToldTo) {
    Constraint constraint;
    constraint.syntax = JsonSchema{
        R"({"type":"object","properties":{"a":{"type":"array","uniqueItems":true},
            "b":{"type":"string","pattern":"\\bx"}}})",
        UnknownKeywords::Ignore};
    const auto result = grammar::compileConstraint(constraint);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->ignored, (std::vector<std::string>{"#/properties/a/uniqueItems",
                                                         "#/properties/b/pattern"}));
}
