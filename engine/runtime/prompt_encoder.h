#pragma once

#include "hearth/engine.h"
#include "hearth/request.h"
#include "hearth/result.h"
#include "text/jinja/chat_template.h"
#include "text/tokenizer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// Turns prompts into tokens with a model's own template and tokenizer. Immutable; any thread.
class PromptEncoder {
public:
    /// `sourceEnd`: the token behind every text and chat, for encoder–decoders.
    PromptEncoder(std::unique_ptr<Tokenizer> tokenizer, ChatTemplate chatTemplate,
                  std::optional<std::int32_t> sourceEnd = std::nullopt);

    /// Errors: TemplateFailed; InvalidArgument for JSON that is none, or not of the right kind.
    [[nodiscard]] Result<std::vector<std::int32_t>> encode(const Prompt& prompt) const;
    [[nodiscard]] Result<std::string> render(const ChatPrompt& prompt) const;
    /// As Engine::fitPrompt(), for a context of so many tokens. `reserve` > 0.
    [[nodiscard]] Result<PromptFit> fit(const ChatPrompt& prompt, std::int32_t context,
                                        std::int32_t reserve) const;
    [[nodiscard]] const Tokenizer& tokenizer() const { return *m_tokenizer; }

private:
    [[nodiscard]] Result<std::vector<Segment>> segments(const ChatPrompt& prompt) const;
    [[nodiscard]] Result<std::vector<std::int32_t>> encodeText(const Prompt& prompt) const;

    std::unique_ptr<Tokenizer> m_tokenizer;
    ChatTemplate m_chatTemplate;
    std::optional<std::int32_t> m_sourceEnd;
};

/// Takes the `dropped` oldest messages, leading system messages apart, out of a prompt.
void dropOldest(ChatPrompt& prompt, std::int32_t dropped);

} // namespace hearth
