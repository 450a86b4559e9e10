#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "hearth/result.h"
#include "text/jinja/template.h"

namespace hearth {

using jinja::Segment;

/// Where a model's template text may come from, as its files give it. Unset: not there.
struct ChatTemplateInputs {
    std::optional<std::string> jinjaFile; ///< The text of chat_template.jinja.
    /// additional_chat_templates/NAME.jinja by NAME.
    std::map<std::string, std::string> additional;
    std::optional<nlohmann::ordered_json> config; ///< tokenizer_config.json, parsed.
    std::optional<std::string> ggufTemplate;      ///< GGUF's tokenizer.chat_template.
};

/// The template's text: additional_chat_templates/NAME.jinja if it is there (chat_template.jinja is
/// the "default"), else chat_template.jinja, else `chat_template` of tokenizer_config.json (a
/// string, or a list of {name, template} from which `name` is taken), else the GGUF's. Nothing if
/// the model has none. NotFound if there is a list without `name`; Corrupt if `chat_template` has
/// another shape.
Result<std::optional<std::string>> loadChatTemplateSource(const ChatTemplateInputs& inputs,
                                                          std::string_view name = "default");

/// The text of a special token in tokenizer_config.json, which writes it as a string or as an
/// object with `content`; empty if absent.
[[nodiscard]] std::string specialTokenText(const nlohmann::ordered_json& config,
                                           std::string_view key);

/// A template in the ChatML style, for models that bring none or a broken one.
[[nodiscard]] std::string_view chatMlTemplateSource();

/// Special tokens' texts that templates print. Empty ones stay undefined to the template.
struct SpecialTokenTexts {
    std::string bos;
    std::string eos;
    std::string pad;
    std::string unk;
};

enum class GenerationPrompt { Omit, Add };

/// Turns a conversation into prompt text with the checkpoint's own template. Immutable; any
/// thread may render.
class ChatTemplate {
public:
    /// TemplateFailed with line and reason if `source` does not parse; chatMl() is the fallback
    /// to offer then.
    static Result<ChatTemplate> create(std::string source, SpecialTokenTexts tokens);
    /// The fallback template.
    static ChatTemplate chatMl(SpecialTokenTexts tokens);

    /// `messages`: an array of {role, content, …}; `tools`: an array of function descriptions or
    /// null; `extra`: an object with further variables (documents, enable_thinking, …) or null,
    /// which may not replace messages, tools or the special tokens.
    /// Trusted text is the template's own, the special tokens' and well-known roles; contents,
    /// names, tools and extras are untrusted.
    Result<std::vector<Segment>> render(const nlohmann::ordered_json& messages,
                                        const nlohmann::ordered_json& tools,
                                        GenerationPrompt generationPrompt,
                                        const nlohmann::ordered_json& extra = nullptr,
                                        const jinja::RenderLimits& limits = {}) const;

    /// Conversations with tools are rendered by `other` from now on (a model's "tool_use").
    void setWithTools(ChatTemplate other) {
        m_withTools = std::make_shared<const ChatTemplate>(std::move(other));
    }

    [[nodiscard]] const std::string& source() const { return m_source; }

private:
    ChatTemplate(std::string source, SpecialTokenTexts tokens, jinja::Template parsed);

    std::string m_source;
    SpecialTokenTexts m_tokens;
    jinja::Template m_template;
    std::shared_ptr<const ChatTemplate> m_withTools;
};

} // namespace hearth
