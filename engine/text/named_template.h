#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "text/jinja/chat_template.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// What a model of a named template is asked for (LMDeploy's `cap`).
enum class Capability : std::uint8_t { Chat, Completion, Infilling, Python };

/// Whether a prompt opens a sequence or goes on with one that is in the cache.
enum class SequenceStart : std::uint8_t { No, Yes };

/// A chat template as LMDeploy names and describes it (lmdeploy/model.py): texts around the parts
/// of a conversation. A plain value: copy what find() gives and change it.
struct NamedTemplate {
    std::string name;
    std::string begin;  ///< In front of a sequence; empty: BOS, where the tokenizer adds one.
    std::string system; ///< In front of the system message,
    std::optional<std::string> meta; ///< the one that stands where none is given (if any),
    std::string endOfSystem;         ///< and behind it.
    std::string user;
    std::string endOfUser;
    std::string assistant;           ///< In front of a reply that is there,
    std::string openAssistant;       ///< and of one that is to come.
    std::string endOfAssistant;
    std::string separator;           ///< Between a reply and the next round.
    bool systemInsideUser = false;   ///< The system message stands inside the first user's turn.
    std::string thinkingOff;         ///< Behind openAssistant where `enable_thinking` is false.
    Capability capability = Capability::Chat;
    std::vector<Capability> others;  ///< Capabilities that may be asked for besides.
    std::int32_t sessionTokens = 2048; ///< LMDeploy's session_len.
    std::vector<std::string> stopWords; ///< Matched as text.

    /// The text of one round. Errors: InvalidArgument where infilling lacks its one `<FILL>`.
    [[nodiscard]] Result<std::string> prompt(std::string_view question, SequenceStart start) const;
    /// LMDeploy's messages2prompt as a template: a system message takes the place of `meta`, a
    /// reply at the end is gone on with. The variable `sequence_start` may be set to false.
    /// `addBos`: whether the tokenizer puts BOS in front of a text.
    [[nodiscard]] ChatTemplate chatTemplate(SpecialTokenTexts tokens, bool addBos) const;
    /// Errors: Unsupported naming the capability.
    Result<void> setCapability(std::string_view name);
};

/// All names, sorted.
[[nodiscard]] std::vector<std::string> namedTemplateNames();

/// Errors: InvalidArgument for an unknown name, with all names.
Result<NamedTemplate> findNamedTemplate(std::string_view name);

/// The template for a model that brings none: by the name of its file or folder as LMDeploy
/// matches it, else by architectures that never brought one. Nothing: use ChatML.
[[nodiscard]] std::optional<NamedTemplate> guessNamedTemplate(std::string_view modelName,
                                                              std::string_view architecture);

/// The same for a model on disk. A workspace has the name that it was converted under.
[[nodiscard]] std::optional<NamedTemplate> guessNamedTemplate(const Checkpoint& checkpoint,
                                                              std::string_view architecture);

} // namespace hearth
