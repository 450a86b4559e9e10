#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/jinja/chat_template.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

const Json kMessages = {{{"role", "system"}, {"content", "Be <s>brief"}},
                        {{"role", "user"}, {"content", "Hi"}}};

TEST(ChatTemplate, RendersWithTokensToolsAndExtras) {
    const auto chat = ChatTemplate::create(
        "{{ bos_token }}{{ pad_token is defined }}{{ tools | length }}{{ mode }}"
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}{% endfor %}"
        "{% if add_generation_prompt %}>{% endif %}",
        {"<s>", "</s>", "", ""});
    ASSERT_TRUE(chat);
    const Json tools = {{{"type", "function"}}};
    const Json extra = {{"mode", "fast"}, {"bos_token", "fake"}, {"messages", "fake"}};
    const auto segments = chat->render(kMessages, tools, GenerationPrompt::Add, extra);
    ASSERT_TRUE(segments) << segments.error().message();
    const std::vector<Segment> expected = {
        {"<s>False1", true},    {"fast", false}, {"<|system|>", true}, {"Be <s>brief", false},
        {"</s><|user|>", true}, {"Hi", false},   {"</s>>", true}};
    EXPECT_EQ(*segments, expected);
}

TEST(ChatTemplate, UnsetTokensCannotBeSetByExtras) {
    const auto chat = ChatTemplate::create("[{{ eos_token }}]", {});
    const Json extra = {{"eos_token", "</s>"}};
    EXPECT_EQ(jinja::joinSegments(
                  chat->render(kMessages, nullptr, GenerationPrompt::Omit, extra).value()),
              "[]");
}

TEST(ChatTemplate, RefusesOtherShapes) {
    const ChatTemplate chat = ChatTemplate::chatMl({});
    const auto codeOf = [](const auto& result) { return result.error().code; };
    EXPECT_EQ(codeOf(chat.render("text", nullptr, GenerationPrompt::Add)),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(codeOf(chat.render(kMessages, "text", GenerationPrompt::Add)),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(codeOf(chat.render(kMessages, nullptr, GenerationPrompt::Add, Json::array())),
              ErrorCode::InvalidArgument);
}

TEST(ChatTemplate, ChatMlTakesTextParts) {
    const Json messages = {{{"role", "user"},
                            {"content",
                             {{{"type", "text"}, {"text", "a"}},
                              {{"type", "image"}},
                              {{"type", "text"}, {"text", "b"}}}}},
                           {{"role", "assistant"}, {"content", nullptr}}};
    EXPECT_EQ(
        jinja::joinSegments(
            ChatTemplate::chatMl({}).render(messages, nullptr, GenerationPrompt::Omit).value()),
        "<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n");
}

TEST(ChatTemplate, SourceComesFromTheFirstPlaceThatHasOne) {
    ChatTemplateInputs inputs;
    EXPECT_EQ(loadChatTemplateSource(inputs).value(), std::nullopt);
    inputs.ggufTemplate = "gguf";
    EXPECT_EQ(loadChatTemplateSource(inputs).value(), "gguf");
    inputs.config = Json{{"chat_template", nullptr}};
    EXPECT_EQ(loadChatTemplateSource(inputs).value(), "gguf");
    inputs.config = Json{{"chat_template", "config"}};
    EXPECT_EQ(loadChatTemplateSource(inputs).value(), "config");
    inputs.config = Json{
        {"chat_template",
         {{{"name", "default"}, {"template", "d"}}, {{"name", "tool_use"}, {"template", "t"}}}}};
    EXPECT_EQ(loadChatTemplateSource(inputs).value(), "d");
    EXPECT_EQ(loadChatTemplateSource(inputs, "tool_use").value(), "t");
    EXPECT_EQ(loadChatTemplateSource(inputs, "rag").error().code, ErrorCode::NotFound);
    inputs.config = Json{{"chat_template", 5}};
    EXPECT_EQ(loadChatTemplateSource(inputs).error().code, ErrorCode::Corrupt);
    inputs.config = Json{{"chat_template", {{{"name", "default"}}}}};
    EXPECT_EQ(loadChatTemplateSource(inputs).error().code, ErrorCode::Corrupt);
    inputs.jinjaFile = "file";
    EXPECT_EQ(loadChatTemplateSource(inputs).value(), "file");
}

TEST(ChatTemplate, SpecialTokensAreStringsOrObjects) {
    const Json config = {{"bos_token", "<s>"}, {"eos_token", {{"content", "</s>"}}}, {"pad", 1}};
    EXPECT_EQ(specialTokenText(config, "bos_token"), "<s>");
    EXPECT_EQ(specialTokenText(config, "eos_token"), "</s>");
    EXPECT_EQ(specialTokenText(config, "pad"), "");
    EXPECT_EQ(specialTokenText(config, "unk_token"), "");
    EXPECT_EQ(specialTokenText(nullptr, "unk_token"), "");
}

TEST(ChatTemplate, RendersInSeveralThreads) {
    const ChatTemplate chat = ChatTemplate::chatMl({});
    const auto expected = chat.render(kMessages, nullptr, GenerationPrompt::Add).value();
    std::vector<int> mismatches(4, 0);
    std::vector<std::thread> threads;
    for (int& own : mismatches) {
        threads.emplace_back([&chat, &expected, &own] {
            for (int i = 0; i < 50; ++i)
                own += chat.render(kMessages, nullptr, GenerationPrompt::Add).value() != expected;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(mismatches, std::vector<int>(4, 0));
}

} // namespace
} // namespace hearth
