#pragma once

#include "hearth/model_library.h"

#include <filesystem>

namespace hearth {

/// What a GGUF file or a model folder says of itself. A model that cannot be opened, or not be
/// run, comes back with `problem` set, and `error` if there is one. `name` is the file's stem or
/// the folder's name; of a folder in the Hugging Face cache the repository's.
[[nodiscard]] LibraryModel describeModelFile(const std::filesystem::path& path,
                                             Error* error = nullptr);

} // namespace hearth
