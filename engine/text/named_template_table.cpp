#include "text/named_template_table.h"

#include <string>
#include <utility>

namespace hearth {

namespace {

constexpr const char* kInternLmMeta =
    "You are an AI assistant whose name is InternLM (书生·浦语).\n"
    "- InternLM (书生·浦语) is a conversational language model that is developed by Shanghai AI "
    "Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.\n"
    "- InternLM (书生·浦语) can understand and communicate fluently in the language chosen by the "
    "user such as English and 中文.\n";
constexpr const char* kLlama2Meta =
    "You are a helpful, respectful and honest assistant. Always answer as helpfully as possible, "
    "while being safe. Your answers should not include any harmful, unethical, racist, sexist, "
    "toxic, dangerous, or illegal content. Please ensure that your responses are socially unbiased "
    "and positive in nature.\n\nIf a question does not make any sense, or is not factually "
    "coherent, explain why instead of answering something not correct. If you don't know the "
    "answer to a question, please don't share false information.";
constexpr const char* kVicunaMeta =
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions.";
constexpr const char* kUltraMeta =
    "A one-turn chat between a curious user and an artificial intelligence assistant. The "
    "assistant gives helpful, very detailed, and polite answers to the user's questions.";
constexpr const char* kLlama31Knowledge =
    "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

NamedTemplate raw(std::string name, std::int32_t sessionTokens = 2048) {
    NamedTemplate result;
    result.name = std::move(name);
    result.capability = Capability::Completion;
    result.sessionTokens = sessionTokens;
    return result;
}

NamedTemplate internLm() {
    NamedTemplate result;
    result.system = "<|System|>:";
    result.meta = kInternLmMeta;
    result.endOfSystem = "\n";
    result.user = "<|User|>:";
    result.endOfUser = "\n";
    result.assistant = result.openAssistant = "<|Bot|>:";
    result.endOfAssistant = "<eoa>";
    result.separator = "\n";
    result.stopWords = {"<eoa>"};
    return result;
}

NamedTemplate chatMl(std::optional<std::string> meta, std::int32_t sessionTokens) {
    NamedTemplate result;
    result.system = "<|im_start|>system\n";
    result.meta = std::move(meta);
    result.endOfSystem = result.endOfUser = "<|im_end|>\n";
    result.user = "<|im_start|>user\n";
    result.assistant = result.openAssistant = "<|im_start|>assistant\n";
    result.endOfAssistant = "<|im_end|>";
    result.separator = "\n";
    result.sessionTokens = sessionTokens;
    result.stopWords = {"<|im_end|>"};
    return result;
}

NamedTemplate llama2() {
    NamedTemplate result;
    result.system = "[INST] <<SYS>>\n";
    result.meta = kLlama2Meta;
    result.endOfSystem = "\n<</SYS>>\n\n";
    result.assistant = result.openAssistant = " [/INST] ";
    result.endOfAssistant = "</s>";
    result.separator = "<s>[INST] ";
    result.sessionTokens = 4096;
    result.stopWords = {"</s>"};
    return result;
}

NamedTemplate codeLlama() {
    NamedTemplate result = llama2();
    result.meta = "";
    result.others = {Capability::Infilling, Capability::Python};
    return result;
}

NamedTemplate vicuna() {
    NamedTemplate result;
    result.meta = kVicunaMeta;
    result.endOfSystem = result.endOfUser = " ";
    result.user = "USER: ";
    result.assistant = "ASSISTANT: ";
    result.openAssistant = "ASSISTANT:";
    result.endOfAssistant = "</s>";
    result.stopWords = {"</s>"};
    return result;
}

NamedTemplate solar() {
    NamedTemplate result;
    result.system = "### System:\n";
    result.meta = "";
    result.user = "### User:\n";
    result.assistant = result.openAssistant = "### Assistant:\n";
    result.endOfSystem = result.endOfUser = result.endOfAssistant = "\n\n";
    return result;
}

NamedTemplate ultra() {
    NamedTemplate result;
    result.system = result.user = "User: ";
    result.meta = kUltraMeta;
    result.endOfSystem = result.endOfUser = "</s>\n";
    result.assistant = result.openAssistant = "Assistant: ";
    result.endOfAssistant = "</s>";
    result.separator = "\n";
    result.stopWords = {"</s>"};
    return result;
}

NamedTemplate llama3(std::string_view knowledge) {
    const auto header = [](const char* role) {
        return std::string("<|start_header_id|>") + role + "<|end_header_id|>\n\n";
    };
    NamedTemplate result;
    result.begin = "<|begin_of_text|>";
    result.system = header("system").append(knowledge);
    if (!knowledge.empty())
        result.meta = "";
    result.user = header("user");
    result.assistant = result.openAssistant = header("assistant");
    result.endOfSystem = result.endOfUser = result.endOfAssistant = "<|eot_id|>";
    result.sessionTokens = 8192;
    result.stopWords = {"<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"};
    return result;
}

NamedTemplate mistral() {
    NamedTemplate result;
    result.user = "[INST] ";
    result.endOfUser = " [/INST]";
    result.assistant = " ";
    result.endOfAssistant = "</s>";
    result.endOfSystem = "\n\n";
    result.systemInsideUser = true;
    result.stopWords = {"</s>"};
    return result;
}

NamedTemplate gemma() {
    NamedTemplate result;
    result.begin = "<bos>";
    result.user = "<start_of_turn>user\n";
    result.endOfSystem = "\n\n";
    result.systemInsideUser = true;
    result.endOfUser = "<end_of_turn>\n";
    result.assistant = result.openAssistant = "<start_of_turn>model\n";
    result.endOfAssistant = "<end_of_turn>\n";
    result.sessionTokens = 8192;
    result.stopWords = {"<end_of_turn>"};
    return result;
}

NamedTemplate deepSeek() {
    NamedTemplate result;
    result.user = "User: ";
    result.endOfSystem = result.endOfUser = "\n\n";
    result.assistant = "Assistant: ";
    result.openAssistant = "Assistant:";
    result.endOfAssistant = "<｜end▁of▁sentence｜>";
    result.stopWords = {"<｜end▁of▁sentence｜>"};
    return result;
}

NamedTemplate phi3() {
    NamedTemplate result;
    result.system = "<|system|>\n";
    result.user = "<|user|>\n";
    result.assistant = result.openAssistant = "<|assistant|>\n";
    result.endOfSystem = result.endOfUser = result.endOfAssistant = "<|end|>\n";
    result.stopWords = {"<|end|>"};
    return result;
}

NamedTemplate phi4() {
    NamedTemplate result;
    result.system = "<|im_start|>system<|im_sep|>";
    result.user = "<|im_start|>user<|im_sep|>";
    result.assistant = result.openAssistant = "<|im_start|>assistant<|im_sep|>";
    result.endOfSystem = result.endOfUser = result.endOfAssistant = "<|im_end|>";
    result.sessionTokens = 16384;
    result.stopWords = {"<|im_end|>"};
    return result;
}

NamedTemplate glm4() {
    NamedTemplate result;
    result.begin = "[gMASK]<sop>";
    result.system = "<|system|>\n";
    result.user = "<|user|>\n";
    result.assistant = result.openAssistant = "<|assistant|>\n";
    result.sessionTokens = 8192;
    result.stopWords = {"<|user|>", "<|observation|>", "<|endoftext|>"};
    return result;
}

NamedTemplate baichuan2() {
    NamedTemplate result;
    result.user = "<reserved_106>";
    result.assistant = result.openAssistant = "<reserved_107>";
    return result;
}

class Table {
public:
    void add(std::initializer_list<const char*> names, NamedTemplate same) {
        for (const char* name : names) {
            same.name = name;
            m_all.push_back(same);
        }
    }
    std::vector<NamedTemplate> take() { return std::move(m_all); }

private:
    std::vector<NamedTemplate> m_all;
};

NamedTemplate withSession(NamedTemplate base, std::int32_t tokens) {
    base.sessionTokens = tokens;
    return base;
}

std::vector<NamedTemplate> all() {
    Table table;
    table.add({"base", "internlm", "llama", "baichuan-7b", "baichuan-base"}, raw(""));
    table.add({"internlm-20b"}, raw("", 4096));
    table.add({"internlm2", "internlm2-1_8b", "internlm2-7b", "internlm2-20b"}, raw("", 32768));
    table.add({"internlm-chat", "internlm-chat-7b"}, internLm());
    table.add({"internlm-chat-7b-8k", "internlm-chat-8k", "internlm-chat-20b"},
              withSession(internLm(), 8192));
    NamedTemplate internLm2 = chatMl(kInternLmMeta, 32768);
    internLm2.stopWords.emplace_back("<|action_end|>");
    table.add({"internlm2-chat", "internlm2-chat-1_8b", "internlm2-chat-7b", "internlm2-chat-20b",
               "internlm2_5", "internlm3"},
              internLm2);
    table.add({"vicuna", "wizardlM", "wizardlm"}, vicuna());
    table.add({"baichuan2-7b", "baichuan2-chat", "baichuan2"}, baichuan2());
    NamedTemplate puyu;
    puyu.meta = "";
    table.add({"puyu"}, puyu);
    table.add({"llama2", "llama-2", "llama-2-chat"}, llama2());
    table.add({"codellama"}, codeLlama());
    table.add({"qwen-7b", "qwen-14b", "qwen-chat", "qwen"},
              chatMl("You are a helpful assistant.", 8192));
    table.add({"qwen2.5"},
              chatMl("You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
                     32768));
    NamedTemplate qwen3 = chatMl(std::nullopt, 32768);
    qwen3.thinkingOff = "<think>\n\n</think>\n\n";
    table.add({"qwen3"}, qwen3);
    table.add({"smollm2", "smollm"},
              chatMl("You are a helpful AI assistant named SmolLM, trained by Hugging Face", 8192));
    table.add({"chatml"}, chatMl(std::nullopt, 2048));
    NamedTemplate yi = chatMl(std::nullopt, 2048);
    yi.stopWords.emplace_back("<|endoftext|>");
    table.add({"yi", "yi-chat", "yi-200k", "yi-34b"}, yi);
    table.add({"solar", "solar-70b"}, solar());
    table.add({"ultracm", "ultralm"}, ultra());
    table.add({"llama3"}, llama3(""));
    table.add({"llama3_1", "llama3_2"}, llama3(kLlama31Knowledge));
    table.add({"mistral", "mixtral", "mistral-instruct", "mixtral-instruct"}, mistral());
    table.add({"gemma"}, gemma());
    table.add({"deepseek", "deepseek-chat"}, deepSeek());
    table.add({"phi-3"}, phi3());
    table.add({"phi-4"}, phi4());
    table.add({"glm4", "chatglm3"}, glm4());
    return table.take();
}

} // namespace

const std::vector<NamedTemplate>& namedTemplates() {
    static const std::vector<NamedTemplate> kAll = all();
    return kAll;
}

} // namespace hearth
