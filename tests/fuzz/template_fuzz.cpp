#include "fuzz/fuzz_folder.h"
#include "text/jinja/chat_template.h"

#include <nlohmann/json.hpp>

/// A chat template and, behind a line of four dashes, the conversation that it renders.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hearth;
    const auto parts = fuzz::partsOf(fuzz::textOf(data, size), 2);
    const auto chat =
        ChatTemplate::create(std::string(parts[0]), {"<s>", "</s>", "<pad>", "<unk>"});
    if (!chat)
        return 0;
    auto messages = nlohmann::ordered_json::parse(parts[1], nullptr, false);
    if (!messages.is_array())
        messages = {{{"role", "system"}, {"content", "Be brief."}},
                    {{"role", "user"}, {"content", "Hello {{ bos_token }}"}}};
    jinja::RenderLimits limits;
    limits.maxSteps = 20'000;
    limits.maxOutputBytes = 1 << 20;
    limits.maxBuiltBytes = 4 << 20;
    static_cast<void>(chat->render(messages, nullptr, GenerationPrompt::Add, nullptr, limits));
    return 0;
}
