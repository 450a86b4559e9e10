#include "sampling/grammar/compile_constraint.h"
#include "sampling/grammar/matcher.h"
#include "text/reply_parser.h"

#include <gtest/gtest.h>

using namespace hearth;

namespace {

const std::vector<ToolDefinition> kDefinitions{
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
        {GptOss, "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>", ""},
        {Json, "{\"name\": \"get_weather\", \"arguments\": ", "}"},
    };
    return all;
}

} // namespace

TEST(ToolConstraint, RequiredCallsAreWhatTheParserReads) {
    for (const Form& form : forms()) {
        const Constraint constraint = toolConstraint(form.format, kDefinitions, TagUse::Required);
        const std::string text = form.before + R"({"city": "Rome"})" + form.after;
        EXPECT_TRUE(accepts(constraint, text)) << text;
        EXPECT_FALSE(accepts(constraint, form.before + "{}" + form.after)) << text;
        EXPECT_FALSE(accepts(constraint, "Well. " + text)) << text;
        const auto parser = ReplyParser::create({{}, form.format, kDefinitions});
        auto output = parser->feed(text);
        ASSERT_EQ(output.calls.size(), 1u) << text;
        EXPECT_EQ(output.calls[0].name, "get_weather");
        EXPECT_EQ(output.calls[0].arguments, R"({"city": "Rome"})");
        EXPECT_EQ(output.content + parser->finish().content, "");
    }
}

TEST(ToolConstraint, OptionalCallsHoldStrictToolsOnly) {
    const Constraint constraint =
        toolConstraint(ToolFormat::Hermes, kDefinitions, TagUse::Optional);
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
    const Constraint one = toolConstraint(ToolFormat::Hermes, kDefinitions, TagUse::RequiredOne);
    const Constraint more = toolConstraint(ToolFormat::Hermes, kDefinitions, TagUse::Required);
    const std::string call =
        "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
    EXPECT_TRUE(accepts(one, call));
    EXPECT_FALSE(accepts(one, call + "\n" + call));
    EXPECT_TRUE(accepts(more, call + "\n" + call));
}

TEST(ToolConstraint, ParametersInTagsAreReadBack) {
    const std::pair<ToolFormat, std::string> texts[] = {
        {ToolFormat::Qwen3Coder, "<tool_call>\n<function=get_weather>\n<parameter=city>\nRome\n"
                                 "</parameter>\n</function>\n</tool_call>"},
        {ToolFormat::Glm45, "<tool_call>get_weather\n<arg_key>city</arg_key>\n"
                            "<arg_value>Rome</arg_value>\n</tool_call>"}};
    for (const auto& [format, text] : texts) {
        const Constraint constraint = toolConstraint(format, kDefinitions, TagUse::Required);
        EXPECT_TRUE(accepts(constraint, text)) << text;
        EXPECT_TRUE(accepts(toolConstraint(format, kDefinitions, TagUse::Optional), "Hm. " + text));
        const std::string empty = std::string(text).replace(text.find("city"), 4, "town");
        EXPECT_FALSE(accepts(constraint, empty)) << empty;
        const auto parser = ReplyParser::create({{}, format, kDefinitions});
        const auto output = parser->feed(text);
        ASSERT_EQ(output.calls.size(), 1u) << text;
        EXPECT_EQ(output.calls[0].arguments, R"({"city": "Rome"})");
    }
}

TEST(ToolConstraint, ThoughtsInAChannelStayFree) {
    const std::string call = "<|channel|>commentary to=functions.get_weather <|constrain|>json"
                             "<|message|>{\"city\": \"Rome\"}";
    const std::string thought = "<|channel|>analysis<|message|>Rome?<|end|><|start|>assistant";
    const Constraint required = toolConstraint(ToolFormat::GptOss, kDefinitions, TagUse::Required);
    EXPECT_TRUE(accepts(required, thought + call));
    EXPECT_FALSE(accepts(required, thought + "<|channel|>final<|message|>No."));
    EXPECT_FALSE(accepts(required, "Rome?<|end|><|start|>assistant" + call));
    const Constraint strict = toolConstraint(ToolFormat::GptOss, kDefinitions, TagUse::Optional);
    EXPECT_TRUE(accepts(strict, thought + call));
    EXPECT_TRUE(accepts(strict, thought + "<|channel|>final<|message|>No."));
    EXPECT_FALSE(accepts(strict, thought + "<|channel|>commentary to=functions.get_weather "
                                           "<|constrain|>json<|message|>{}"));
}

TEST(ToolConstraint, AnAnswerMayTakeThePlaceOfCalls) {
    Constraint answer;
    answer.syntax = JsonSchema{
        R"({"type":"object","properties":{"degrees":{"type":"integer"}},"required":["degrees"]})"};
    const std::string said = R"({"degrees": 21})";
    for (const Form& form : forms()) {
        const Constraint constraint =
            answerConstraint(form.format, kDefinitions, TagUse::Required, answer);
        const std::string call = form.before + R"({"city": "Rome"})" + form.after;
        const bool isFinal = form.format == ToolFormat::GptOss;
        EXPECT_TRUE(accepts(constraint, call)) << call;
        EXPECT_TRUE(accepts(constraint, (isFinal ? "<|channel|>final<|message|>" : "") + said));
        EXPECT_FALSE(accepts(constraint, form.before + "{}" + form.after)) << call;
        EXPECT_FALSE(accepts(constraint, R"({"degrees": "warm"})")) << call;
        EXPECT_FALSE(accepts(constraint, call + said)) << call;
    }
    EXPECT_TRUE(accepts(answerConstraint(ToolFormat::Hermes, {}, TagUse::Required, answer), said));
    EXPECT_TRUE(accepts(answerConstraint(ToolFormat::GptOss, {}, TagUse::Required, answer),
                        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant"
                        "<|channel|>final<|message|>" + said));
}
