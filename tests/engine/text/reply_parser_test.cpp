#include "text/reply_parser.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace hearth;

namespace {

struct Call {
    std::string name;
    std::string arguments;
};

struct Sample {
    ToolFormat format;
    std::string text;
    std::string content;
    std::vector<Call> calls;
    std::string reasoning;
    ReasoningSyntax syntax;
};

const std::vector<ToolDefinition>& tools() {
    static const std::vector<ToolDefinition> all{
        {"get_weather",
         R"({"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}})",
         false},
        {"now", "", false}};
    return all;
}

const std::vector<Sample>& samples() {
    using enum ToolFormat;
    static const std::string args = R"({"city": "Köln \"}\"", "days": 3})";
    static const ReasoningSyntax think{"<think>", "</think>", false};
    static const ReasoningSyntax open{"<think>", "</think>", true};
    static const std::vector<Sample> all{
        {Hermes, "Let me see.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": " + args +
                     "}\n</tool_call>\n<tool_call>{\"arguments\":{},\"name\":\"now\"}</tool_call>",
         "Let me see.\n", {{"get_weather", args}, {"now", "{}"}}, "", {}},
        {Hermes, "a <tool_cal b <tool_call>{oops} </tool_call>", "a <tool_cal b <tool_call>{oops} </tool_call>",
         {}, "", {}},
        {Hermes, "<tool_call>{\"name\": \"now\"}</tool_call> And then?", " And then?", {{"now", "{}"}}, "",
         {}},
        {Hermes, "<tool_call>{\"name\": \"now\", \"arguments\": \"{\\\"a\\\": 1}\"}", "",
         {{"now", "{\"a\": 1}"}}, "", {}},
        {Hermes, "<think>\nHm <tool_call> is\nfine.</think>\n\nYes<think>", "Yes<think>", {},
         "Hm <tool_call> is\nfine.", think},
        {Hermes, "still thinking</think>\n<tool_call>{\"name\":\"now\",\"arguments\":{}}</tool_call>", "",
         {{"now", "{}"}}, "still thinking", open},
        {Hermes, "No <think> here", "No <think> here", {}, "", think},
        {Hermes, "  <thin", "  <thin", {}, "", think},
        {Llama3, "{\"name\": \"get_weather\", \"parameters\": " + args + "}", "",
         {{"get_weather", args}}, "", {}},
        {Llama3, "<|python_tag|>{\"name\": \"get_weather\", \"parameters\": " + args +
                     "}; {\"name\": \"now\", \"parameters\": {}}",
         "", {{"get_weather", args}, {"now", "{}"}}, "", {}},
        {Llama3, "{\"name\": \"Bob\", \"parameters\": {\"age\": 3}} is JSON",
         "{\"name\": \"Bob\", \"parameters\": {\"age\": 3}} is JSON", {}, "", {}},
        {Llama3, "{\"answer\": [1, 2", "{\"answer\": [1, 2", {}, "", {}},
        {Mistral, "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": " + args +
                      "}, {\"name\": \"now\", \"arguments\": {}}]",
         "", {{"get_weather", args}, {"now", "{}"}}, "", {}},
        {MistralV11, "Sure.[TOOL_CALLS]get_weather[ARGS]" + args + "[TOOL_CALLS]now{}", "Sure.",
         {{"get_weather", args}, {"now", "{}"}}, "", {}},
        {InternLm2, "I look.<|action_start|><|plugin|>\n{\"name\": \"get_weather\", \"parameters\": " +
                        args + "}<|action_end|>",
         "I look.", {{"get_weather", args}}, "", {}},
        {DeepSeek,
         "Wait.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n" + args +
             "\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜>"
             "<｜tool▁calls▁end｜>",
         "Wait.", {{"get_weather", args}, {"now", "{}"}}, "", {}},
        {Qwen3Coder,
         "<tool_call>\n<function=get_weather>\n<parameter=city>\nNew\n<York>\n</parameter>\n"
         "<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>\n<tool_call>\n<function=now>\n"
         "</function>\n</tool_call>",
         "", {{"get_weather", R"({"city": "New\n<York>", "days": 3})"}, {"now", "{}"}}, "", {}},
        {Qwen3Coder, "if a <function b", "if a <function b", {}, "", {}},
        {Phi4Mini, "functools[{\"name\": \"get_weather\", \"arguments\": " + args + "}]", "",
         {{"get_weather", args}}, "", {}},
        {Phi4Mini, "import functools\nfunctools.cache(f)", "import functools\nfunctools.cache(f)", {},
         "", {}},
        {Glm4, "get_weather\n" + args, "", {{"get_weather", args}}, "", {}},
        {Glm4, "get_weather is a tool", "get_weather is a tool", {}, "", {}},
        {Glm4, "Hello {you}", "Hello {you}", {}, "", {}},
        {Glm45,
         "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Rome</arg_value>\n"
         "<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
         "", {{"get_weather", R"({"city": "Rome", "days": 2})"}}, "", {}},
        {Granite, "<|tool_call|>[{\"name\": \"get_weather\", \"arguments\": " + args + "}]", "",
         {{"get_weather", args}}, "", {}},
        {Json, "{\"name\": \"now\", \"arguments\": {}}", "", {{"now", "{}"}}, "", {}},
        {Json, "Hello, world.", "Hello, world.", {}, "", {}},
        {GptOss,
         "<|channel|>analysis<|message|>The user <greets>.<|end|><|start|>assistant<|channel|>"
         "commentary to=functions.get_weather <|constrain|>json<|message|>" +
             args + "<|call|>",
         "", {{"get_weather", args}}, "The user <greets>.", {}},
        {GptOss, "<|channel|>final<|message|>Hi <|there<|return|>", "Hi <|there", {}, "", {}},
        {GptOss, "no channel", "no channel", {}, "", {}},
    };
    return all;
}

struct Parsed {
    std::string reasoning;
    std::string content;
    std::vector<Call> calls;
};

void add(Parsed& parsed, const ReplyOutput& output) {
    parsed.reasoning += output.reasoning;
    parsed.content += output.content;
    for (const ToolCallDelta& delta : output.calls) {
        if (delta.index == std::int32_t(parsed.calls.size())) {
            EXPECT_FALSE(delta.id.empty());
            parsed.calls.push_back({delta.name, delta.arguments});
        } else {
            ASSERT_EQ(delta.index + 1, std::int32_t(parsed.calls.size()));
            EXPECT_TRUE(delta.id.empty() && delta.name.empty());
            parsed.calls.back().arguments += delta.arguments;
        }
    }
}

Parsed parse(const Sample& sample, const std::vector<std::string_view>& parts) {
    const auto parser = ReplyParser::create({sample.syntax, sample.format, tools()});
    Parsed parsed;
    for (const std::string_view part : parts)
        add(parsed, parser->feed(part));
    add(parsed, parser->finish());
    EXPECT_EQ(parser->callCount(), std::int32_t(parsed.calls.size()));
    return parsed;
}

void expectSample(const Sample& sample, const Parsed& parsed, std::size_t split) {
    SCOPED_TRACE(sample.text + " at " + std::to_string(split));
    EXPECT_EQ(parsed.content, sample.content);
    EXPECT_EQ(parsed.reasoning, sample.reasoning);
    ASSERT_EQ(parsed.calls.size(), sample.calls.size());
    for (std::size_t i = 0; i < sample.calls.size(); ++i) {
        EXPECT_EQ(parsed.calls[i].name, sample.calls[i].name);
        EXPECT_EQ(parsed.calls[i].arguments, sample.calls[i].arguments);
        EXPECT_TRUE(nlohmann::json::accept(parsed.calls[i].arguments));
    }
}

} // namespace

TEST(ReplyParser, FindsTheSameAtEverySplit) {
    for (const Sample& sample : samples()) {
        const std::string_view text = sample.text;
        for (std::size_t split = 0; split <= text.size(); ++split)
            expectSample(sample, parse(sample, {text.substr(0, split), text.substr(split)}), split);
        std::vector<std::string_view> bytes;
        for (std::size_t i = 0; i < text.size(); ++i)
            bytes.push_back(text.substr(i, 1));
        expectSample(sample, parse(sample, bytes), text.size() + 1);
    }
}

TEST(ReplyParser, ArgumentsComeAsTheyArrive) {
    const auto parser = ReplyParser::create({{}, ToolFormat::Hermes, tools()});
    auto output = parser->feed("<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"lo");
    ASSERT_EQ(output.calls.size(), 1u);
    EXPECT_EQ(output.calls[0].name, "now");
    EXPECT_EQ(output.calls[0].arguments, "{\"a\": \"lo");
    output = parser->feed("ng");
    ASSERT_EQ(output.calls.size(), 1u);
    EXPECT_EQ(output.calls[0].arguments, "ng");
}

TEST(ReplyParser, WithoutToolsTheTextIsLeftAlone) {
    const auto parser = ReplyParser::create({{}, std::nullopt, {}});
    EXPECT_EQ(parser->feed("<tool_call>{\"name\"").content, "<tool_call>{\"name\"");
}

TEST(ReplyParser, InvalidUtf8InNamesIsReplaced) {
    const auto parser = ReplyParser::create({{}, ToolFormat::Qwen3Coder, tools()});
    const auto output = parser->feed("<function=now><parameter=a\xE2>1</parameter></function>");
    ASSERT_EQ(output.calls.size(), 1u);
    EXPECT_EQ(output.calls[0].arguments, "{\"a\xEF\xBF\xBD\": \"1\"}");
}

TEST(ReplyParser, MistralIdsAreNineLetters) {
    const auto parser = ReplyParser::create({{}, ToolFormat::MistralV11, tools()});
    const auto output = parser->feed("[TOOL_CALLS]now{}");
    ASSERT_EQ(output.calls.size(), 1u);
    EXPECT_EQ(output.calls[0].id.size(), 9u);
}

TEST(Reasoning, IsFoundByTheTemplateAndThePrompt) {
    EXPECT_EQ(detectReasoning("no tags", "<|assistant|>").begin, "");
    EXPECT_EQ(detectReasoning("{{ x.split('</think>') }}", "<|assistant|>\n").begin, "<think>");
    EXPECT_FALSE(detectReasoning("<think>", "<think>\n\n</think>\n\n").isOpen);
    EXPECT_TRUE(detectReasoning("<think>", "<|assistant|><think>\n").isOpen);
    EXPECT_EQ(detectReasoning("[THINK]", "").end, "[/THINK]");
}

TEST(ToolFormat, IsFoundByTheTemplate) {
    EXPECT_EQ(detectToolFormat("…<tool_call>…", "qwen2"), ToolFormat::Hermes);
    EXPECT_EQ(detectToolFormat("<tool_call>\n<function=", "qwen3"), ToolFormat::Qwen3Coder);
    EXPECT_EQ(detectToolFormat("'[TOOL_CALLS] ['", "llama"), ToolFormat::Mistral);
    EXPECT_EQ(detectToolFormat("[TOOL_CALLS]…[ARGS]", "llama"), ToolFormat::MistralV11);
    EXPECT_EQ(detectToolFormat("<|python_tag|>", "llama"), ToolFormat::Llama3);
    EXPECT_EQ(detectToolFormat("<｜tool▁call▁begin｜>", "deepseek_v3"), ToolFormat::DeepSeek);
    EXPECT_EQ(detectToolFormat("", "internlm2"), ToolFormat::InternLm2);
    EXPECT_EQ(detectToolFormat("<|im_start|>", "llama"), ToolFormat::Json);
}
