#include "convert/model_names.h"

#include "models/architecture.h"

#include <algorithm>
#include <array>

namespace hearth {

namespace {

/// LMDeploy 0.1's names, and those of templates that came later.
constexpr std::array kTemplates{
    "internlm", "internlm-chat", "internlm-chat-7b", "internlm-chat-7b-8k", "internlm-chat-20b",
    "internlm-20b", "llama", "llama2", "codellama", "vicuna", "wizardlM", "baichuan-7b",
    "baichuan2-7b", "qwen-7b", "qwen-14b", "puyu", "solar", "ultracm", "ultralm", "yi", "base",
    "internlm2", "internlm2-chat-7b", "internlm2-chat-20b", "internlm3", "llama3", "llama3.1",
    "llama3.2", "qwen", "qwen1.5", "qwen2", "qwen2.5", "qwen3", "smollm2", "mistral", "mixtral",
    "gemma", "gemma2", "gemma3", "phi-3", "phi-4", "glm4", "chatglm3", "baichuan2", "deepseek"};

struct SessionLength {
    std::string_view name;
    int tokens;
};

constexpr std::array kSessionLengths{
    SessionLength{"internlm-chat-7b", 2048},     SessionLength{"internlm-chat", 2048},
    SessionLength{"internlm", 2048},             SessionLength{"internlm-chat-7b-8k", 8192},
    SessionLength{"internlm-chat-20b", 8192},    SessionLength{"internlm-20b", 4096},
    SessionLength{"qwen-7b", 8192},              SessionLength{"qwen-14b", 8192},
    SessionLength{"llama", 2048},                SessionLength{"llama2", 4096},
    SessionLength{"baichuan2-7b", 4096},
};

} // namespace

std::vector<std::string> modelNames() {
    std::vector<std::string> names(kTemplates.begin(), kTemplates.end());
    for (const ArchitectureInfo& architecture : supportedArchitectures())
        names.emplace_back(architecture.modelType);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool isModelName(std::string_view name) {
    const std::vector<std::string> names = modelNames();
    return std::binary_search(names.begin(), names.end(), name);
}

int sessionLengthOf(std::string_view name) {
    const auto* const found = std::find_if(
        kSessionLengths.begin(), kSessionLengths.end(),
        [&](const SessionLength& each) { return each.name == name; });
    return found == kSessionLengths.end() ? 0 : found->tokens;
}

} // namespace hearth
