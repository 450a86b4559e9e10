#include "sampling/grammar/compile_constraint.h"
#include "sampling/grammar/matcher.h"
#include "text/reply_parser.h"

#include <gtest/gtest.h>

using namespace hearth;

namespace {

const std::vector<ToolDefinition> kTools{
    {"get_weather",
     R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})", true},
    {"now", "", false}};

/// Whether the whole text is one that the constraint allows.
bool accepts(const Constraint& constraint, std::string_view text) {
    auto compiled = grammar::compileConstraint(constraint);
    EXPECT_TRUE(compiled) << compiled.error().message();
    if (!compiled)
        return false;
    const auto table = std::make_shared<const grammar::TokenTable>(
        std::vector<grammar::TokenBytes>{}, std::vector<std::int32_t>{}, 1);
    grammar::Matcher matcher(
        std::make_shared<grammar::CompiledGrammar>(std::move(compiled->automaton), table));
    return matcher.acceptBytes(text) && matcher.isComplete();
}

struct Form {
    ToolFormat format;
    std::string before;
    std::string after;
};

/// One call of get_weather as each format writes it, around its arguments.
const std::vector<Form>& forms() {
    using enum ToolFormat;
    static const std::vector<Form> all{
        {Hermes, "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": ", "}\n</tool_call>"},
        {Llama3, "{\"name\": \"get_weather\", \"parameters\": ", "}"},
        {Mistral, "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": ", "}]"},
        {MistralV11, "[TOOL_CALLS]get_weather[ARGS]", ""},
        {InternLm2, "<|action_start|><|plugin|>\n{\"name\": \"get_weather\", \"parameters\": ",
         "}<|action_end|>"},
        {DeepSeek,
         "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n",
         "\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"},
        {Phi4Mini, "functools[{\"name\": \"get_weather\", \"arguments\": ", "}]"},
        {Glm4, "get_weather\n", ""},
        {Granite, "<|tool_call|>[{\"name\": \"get_weather\", \"arguments\": ", "}]"},
        {Json, "{\"name\": \"get_weather\", \"arguments\": ", "}"},
    };
    return all;
}

} // namespace

TEST(ToolConstraint, RequiredCallsAreWhatTheParserReads) {
    for (const Form& form : forms()) {
        const Constraint constraint = toolConstraint(form.format, kTools, TagUse::Required);
        const std::string text = form.before + R"({"city": "Rome"})" + form.after;
        EXPECT_TRUE(accepts(constraint, text)) << text;
        EXPECT_FALSE(accepts(constraint, form.before + "{}" + form.after)) << text;
        EXPECT_FALSE(accepts(constraint, "Well. " + text)) << text;
        const auto parser = ReplyParser::create({{}, form.format, kTools});
        auto output = parser->feed(text);
        ASSERT_EQ(output.calls.size(), 1u) << text;
        EXPECT_EQ(output.calls[0].name, "get_weather");
        EXPECT_EQ(output.calls[0].arguments, R"({"city": "Rome"})");
        EXPECT_EQ(output.content + parser->finish().content, "");
    }
}

TEST(ToolConstraint, OptionalCallsHoldStrictToolsOnly) {
    const Constraint constraint = toolConstraint(ToolFormat::Hermes, kTools, TagUse::Optional);
    const auto call = [](const std::string& name, const std::string& arguments) {
        return "I call <tool_call>\n{\"name\": \"" + name + "\", \"arguments\": " + arguments +
               "}\n</tool_call> done";
    };
    EXPECT_TRUE(accepts(constraint, "Just text with <tool_ in it"));
    EXPECT_TRUE(accepts(constraint, call("get_weather", R"({"city": "Rome"})")));
    EXPECT_TRUE(accepts(constraint, call("now", R"({"anything": [1]})")));
    EXPECT_FALSE(accepts(constraint, call("get_weather", "{}")));
    EXPECT_FALSE(accepts(constraint, call("other", "{}")));
    const std::vector<ToolDefinition> loose{{"now", "", false}};
    EXPECT_TRUE(std::holds_alternative<std::monostate>(
        toolConstraint(ToolFormat::Hermes, loose, TagUse::Optional).syntax));
}

TEST(ToolConstraint, OneCallMeansOne) {
    const Constraint one = toolConstraint(ToolFormat::Hermes, kTools, TagUse::RequiredOne);
    const Constraint more = toolConstraint(ToolFormat::Hermes, kTools, TagUse::Required);
    const std::string call =
        "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
    EXPECT_TRUE(accepts(one, call));
    EXPECT_FALSE(accepts(one, call + "\n" + call));
    EXPECT_TRUE(accepts(more, call + "\n" + call));
}

TEST(ToolConstraint, XmlParametersAreReadBack) {
    const Constraint constraint = toolConstraint(ToolFormat::Qwen3Coder, kTools, TagUse::Required);
    const std::string text = "<tool_call>\n<function=get_weather>\n<parameter=city>\nRome\n"
                             "</parameter>\n</function>\n</tool_call>";
    EXPECT_TRUE(accepts(constraint, text));
    const auto parser = ReplyParser::create({{}, ToolFormat::Qwen3Coder, kTools});
    const auto output = parser->feed(text);
    ASSERT_EQ(output.calls.size(), 1u);
    EXPECT_EQ(output.calls[0].arguments, R"({"city": "Rome"})");
}
