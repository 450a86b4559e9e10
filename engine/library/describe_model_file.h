#pragma once

#include "hearth/model_library.h"

#include <filesystem>

namespace hearth {

/// What a GGUF file or a model folder says of itself. A model that cannot be opened, or not be
/// run, comes back with `problem` set. `name` is the file's stem or the folder's name.
[[nodiscard]] LibraryModel describeModelFile(const std::filesystem::path& path);

} // namespace hearth
