#include "text/named_template.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace hearth;
using Json = nlohmann::ordered_json;

namespace {

NamedTemplate named(std::string_view name) {
    auto found = findNamedTemplate(name);
    EXPECT_TRUE(found) << found.error().message();
    return *std::move(found);
}

std::string rendered(const NamedTemplate& named, const std::vector<Json>& messages,
                     const Json& extra = nullptr, bool addBos = false) {
    const auto segments = named.chatTemplate({"<s>", "</s>", "", ""}, addBos)
                              .render(Json(messages), nullptr, GenerationPrompt::Add, extra);
    EXPECT_TRUE(segments) << segments.error().message();
    return segments ? jinja::joinSegments(*segments) : std::string();
}

Json user(const char* text) {
    return {{"role", "user"}, {"content", text}};
}
Json assistant(const char* text) {
    return {{"role", "assistant"}, {"content", text}};
}
Json systemMessage(const char* text) {
    return {{"role", "system"}, {"content", text}};
}

const std::string kInternLmFirst =
    "<|System|>:You are an AI assistant whose name is InternLM (书生·浦语).\n"
    "- InternLM (书生·浦语) is a conversational language model that is developed by Shanghai AI "
    "Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.\n"
    "- InternLM (书生·浦语) can understand and communicate fluently in the language chosen by the "
    "user such as English and 中文.\n\n<|User|>:Hi\n<|Bot|>:";

} // namespace

TEST(NamedTemplate, InternLmRounds) {
    const NamedTemplate internLm = named("internlm-chat-7b");
    EXPECT_EQ(internLm.prompt("Hi", SequenceStart::Yes).value(), kInternLmFirst);
    EXPECT_EQ(internLm.prompt("And?", SequenceStart::No).value(), "\n<|User|>:And?\n<|Bot|>:");
    EXPECT_EQ(rendered(internLm, {user("Hi"), assistant("Hello"), user("And?")}),
              kInternLmFirst + "Hello<eoa>\n<|User|>:And?\n<|Bot|>:");
    EXPECT_EQ(rendered(internLm, {systemMessage("S"), user("Hi")}),
              "<|System|>:S\n<|User|>:Hi\n<|Bot|>:");
    EXPECT_EQ(rendered(internLm, {systemMessage("S"), user("Hi"), assistant("I am")}),
              "<|System|>:S\n<|User|>:Hi\n<|Bot|>:I am");
    EXPECT_EQ(internLm.stopWords, std::vector<std::string>{"<eoa>"});
    EXPECT_EQ(internLm.sessionTokens, 2048);
    EXPECT_EQ(named("internlm-chat-20b").sessionTokens, 8192);
}

TEST(NamedTemplate, RoundsOfOtherFamilies) {
    EXPECT_EQ(rendered(named("llama2"), {systemMessage("S"), user("Q"), assistant("A"), user("R")}),
              "[INST] <<SYS>>\nS\n<</SYS>>\n\nQ [/INST] A</s><s>[INST] R [/INST] ");
    const std::string vicuna =
        "A chat between a curious user and an artificial intelligence assistant. The assistant "
        "gives helpful, detailed, and polite answers to the user's questions. USER: ";
    EXPECT_EQ(named("vicuna").prompt("Q", SequenceStart::Yes).value(), vicuna + "Q ASSISTANT:");
    EXPECT_EQ(rendered(named("vicuna"), {user("Q"), assistant("A"), user("R")}),
              vicuna + "Q ASSISTANT: A</s>USER: R ASSISTANT:");
    EXPECT_EQ(rendered(named("mistral"),
                       {systemMessage("S"), user("Q"), assistant("A"), user("R")}),
              "[INST] S\n\nQ [/INST] A</s>[INST] R [/INST]");
    EXPECT_EQ(rendered(named("gemma"), {systemMessage("S"), user("Q"), assistant("A"), user("R")}),
              "<bos><start_of_turn>user\nS\n\nQ<end_of_turn>\n<start_of_turn>model\n"
              "A<end_of_turn>\n"
              "<start_of_turn>user\nR<end_of_turn>\n<start_of_turn>model\n");
    EXPECT_EQ(rendered(named("llama3_1"), {user("Q")}),
              "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge "
              "Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user"
              "<|end_header_id|>\n\nQ<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
    EXPECT_EQ(rendered(named("phi-4"), {user("Q")}),
              "<|im_start|>user<|im_sep|>Q<|im_end|><|im_start|>assistant<|im_sep|>");
    EXPECT_EQ(rendered(named("glm4"), {user("Q"), assistant("A"), user("R")}),
              "[gMASK]<sop><|user|>\nQ<|assistant|>\nA<|user|>\nR<|assistant|>\n");
    EXPECT_EQ(rendered(named("baichuan2-7b"), {user("Q")}), "<reserved_106>Q<reserved_107>");
}

TEST(NamedTemplate, ChatMlFamilies) {
    const std::string question = "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n";
    EXPECT_EQ(rendered(named("qwen-7b"), {user("Q")}),
              "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n" + question);
    EXPECT_EQ(rendered(named("yi"), {user("Q")}), question);
    EXPECT_EQ(rendered(named("qwen3"), {user("Q")}, {{"enable_thinking", false}}),
              question + "<think>\n\n</think>\n\n");
    EXPECT_EQ(rendered(named("qwen3"), {user("Q")}, {{"enable_thinking", true}}), question);
    EXPECT_EQ(named("internlm2-chat-7b").stopWords,
              (std::vector<std::string>{"<|im_end|>", "<|action_end|>"}));
    EXPECT_EQ(named("internlm2-chat").sessionTokens, 32768);
}

// One round as a list of one message is the same text as LMDeploy's get_prompt.
TEST(NamedTemplate, TemplatesAgreeWithPrompts) {
    for (const std::string& name : namedTemplateNames()) {
        SCOPED_TRACE(name);
        const NamedTemplate each = named(name);
        for (const char* text : {"Hi", "", "it's {{ 1 }}\n\\n 中文"}) {
            EXPECT_EQ(rendered(each, {user(text)}), each.prompt(text, SequenceStart::Yes).value());
            EXPECT_EQ(rendered(each, {user(text)}, {{"sequence_start", false}}),
                      each.prompt(text, SequenceStart::No).value());
        }
    }
}

TEST(NamedTemplate, BosOnlyAtTheStart) {
    EXPECT_TRUE(rendered(named("vicuna"), {user("Q")}, nullptr, true).starts_with("<s>A chat"));
    EXPECT_FALSE(rendered(named("vicuna"), {user("Q")}, {{"sequence_start", false}}, true)
                     .starts_with("<s>"));
    EXPECT_TRUE(rendered(named("gemma"), {user("Q")}, nullptr, true).starts_with("<bos><start"));
    EXPECT_EQ(rendered(named("llama"), {user("Q")}, nullptr, true), "<s>Q");
}

TEST(NamedTemplate, CapabilitiesOfCodeLlama) {
    NamedTemplate code = named("codellama");
    ASSERT_TRUE(code.setCapability("infilling"));
    EXPECT_EQ(code.prompt("int f(<FILL>}", SequenceStart::Yes).value(),
              "<PRE> int f( <SUF>} <MID>");
    EXPECT_EQ(rendered(code, {user("int f(<FILL>}")}), "<PRE> int f( <SUF>} <MID>");
    EXPECT_EQ(code.stopWords, std::vector<std::string>{"<EOT>"});
    EXPECT_FALSE(code.prompt("no hole", SequenceStart::Yes));
    EXPECT_FALSE(code.prompt("<FILL><FILL>", SequenceStart::Yes));
    for (const char* plain : {"python", "completion"}) {
        code = named("codellama");
        ASSERT_TRUE(code.setCapability(plain));
        EXPECT_EQ(code.prompt("def f():", SequenceStart::Yes).value(), "def f():");
    }
    const auto refused = named("qwen-7b").setCapability("infilling");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(named("internlm-20b").prompt("raw", SequenceStart::Yes).value(), "raw");
}

TEST(NamedTemplate, MetaInstructionCanBeReplaced) {
    NamedTemplate qwen = named("qwen-7b");
    qwen.meta = "Be brief.";
    EXPECT_TRUE(qwen.prompt("Q", SequenceStart::Yes).value().starts_with(
        "<|im_start|>system\nBe brief.<|im_end|>\n"));
    EXPECT_EQ(rendered(qwen, {user("Q")}), qwen.prompt("Q", SequenceStart::Yes).value());
}

TEST(NamedTemplate, UnknownNamesListTheKnownOnes) {
    const auto unknown = findNamedTemplate("gpt-5");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::InvalidArgument);
    for (const char* name : {"internlm-chat-7b-8k", "wizardlM", "ultralm", "yi", "puyu", "solar"})
        EXPECT_NE(unknown.error().message().find(name), std::string::npos) << name;
    const std::vector<std::string> names = namedTemplateNames();
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(NamedTemplate, GuessesByNameThenByArchitecture) {
    const auto guess = [](const char* name, const char* architecture) {
        const auto found = guessNamedTemplate(name, architecture);
        return found ? found->name : std::string();
    };
    EXPECT_EQ(guess("InternLM2-Chat-7B", "internlm2"), "internlm2-chat");
    EXPECT_EQ(guess("internlm-chat-7b-8k", "internlm"), "internlm-chat-7b-8k");
    EXPECT_EQ(guess("Llama-2-7b-chat-hf", "llama"), "llama2");
    EXPECT_EQ(guess("CodeLlama-7b-Instruct", "llama"), "codellama");
    EXPECT_EQ(guess("vicuna-7b-v1.5", "llama"), "vicuna");
    EXPECT_EQ(guess("model", "qwen"), "qwen-7b");
    EXPECT_EQ(guess("TinyLlama", "llama"), "");
}
