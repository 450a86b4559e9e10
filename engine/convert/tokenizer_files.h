#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"

#include <filesystem>

namespace hearth {

/// Where convert finds a model's tokenizer: `given` if it is not empty, else the checkpoint itself.
/// Empty if there is none. Errors: NotFound if `given` does not exist or holds no tokenizer.
Result<std::filesystem::path> tokenizerPathOf(const Checkpoint& checkpoint,
                                              const std::filesystem::path& given);

/// Copies what tokenizer, chat template and generation need into a folder: the files of a Hugging
/// Face folder, or the metadata of a GGUF file as tokenizer.gguf with the template beside it.
/// `tokenizer` as tokenizerPathOf() says. Errors: Io, NoSpace.
Result<void> copyTokenizerFiles(const Checkpoint& checkpoint,
                                const std::filesystem::path& tokenizer,
                                const std::filesystem::path& folder);

} // namespace hearth
