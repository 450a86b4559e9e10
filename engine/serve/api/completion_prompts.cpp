#include "serve/api/completion_prompts.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hearth::serve {

namespace {

struct InfillTokens {
    const char* prefix;
    const char* suffix;
    const char* middle;
};

/// Qwen-Coder and others; StarCoder and Granite; DeepSeek-Coder;
/// Code Llama. CodeGemma writes them as Qwen does.
constexpr std::array kInfillTokens{
    InfillTokens{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
    InfillTokens{"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
    InfillTokens{"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"},
    InfillTokens{"▁<PRE>", "▁<SUF>", "▁<MID>"},
};

/// The id of a special token; nothing if the vocabulary lacks it.
std::optional<std::int32_t> special(const char* name, const Engine& engine) {
    const auto ids = engine.tokenize(TextPrompt{name, true, false});
    if (ids && ids->size() == 1)
        return ids->front();
    return std::nullopt;
}

std::vector<std::int32_t> tokens(const Prompt& prompt, const Engine& engine) {
    auto ids = engine.tokenize(prompt);
    return ids ? *std::move(ids) : std::vector<std::int32_t>();
}

} // namespace

Outcome<Prompt> infillPrompt(const Prompt& prefix, const std::string& suffix,
                             const Engine& engine) {
    for (const InfillTokens& names : kInfillTokens) {
        const auto begin = special(names.prefix, engine);
        const auto hole = special(names.suffix, engine);
        const auto end = special(names.middle, engine);
        if (!begin || !hole || !end)
            continue;
        Prompt before = prefix;
        if (auto* text = std::get_if<TextPrompt>(&before))
            text->addSpecialTokens = false;
        // Only what the tokenizer itself puts in front of a text.
        std::vector<std::int32_t> ids = tokens(TextPrompt{{}, false, true}, engine);
        const auto append = [&](const std::vector<std::int32_t>& more) {
            ids.insert(ids.end(), more.begin(), more.end());
        };
        append({*begin});
        append(tokens(before, engine));
        append({*hole});
        append(tokens(TextPrompt{suffix, false, false}, engine));
        append({*end});
        return Prompt(TokenPrompt{std::move(ids)});
    }
    return badRequest("suffix", "This model cannot fill in the middle of a text.", "unsupported");
}

std::string promptText(const Prompt& prompt, const Engine& engine) {
    if (const auto* text = std::get_if<TextPrompt>(&prompt))
        return text->text;
    if (const auto* ids = std::get_if<TokenPrompt>(&prompt))
        return engine.detokenize(ids->tokens);
    return {};
}

} // namespace hearth::serve
