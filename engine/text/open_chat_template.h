#pragma once

#include "hearth/result.h"
#include "text/jinja/chat_template.h"

#include <filesystem>
#include <optional>

namespace hearth {

/// The chat template of a GGUF file or of a folder with tokenizer files; weights are not needed.
/// Nothing if the model has none. Errors: TemplateFailed with line and reason if it does not
/// parse; those of the files' readers.
Result<std::optional<ChatTemplate>> openChatTemplate(const std::filesystem::path& path);

/// Texts of the special tokens in tokenizer_config.json of a folder, or of the GGUF's ids.
Result<SpecialTokenTexts> specialTokenTexts(const std::filesystem::path& path);

} // namespace hearth
