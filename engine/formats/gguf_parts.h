#pragma once

#include "formats/gguf.h"

#include <filesystem>
#include <vector>

namespace hearth {

/// Opens a GGUF file and, if it is a part of a split model (`split.count`), all parts, which lie
/// beside it as NAME-00001-of-0000N.gguf. The first one has the metadata.
/// Errors: those of GgufFile::open(); NotFound for a missing part; Corrupt if names, numbers and
/// metadata disagree or two parts hold the same tensor.
Result<std::vector<GgufFile>> openGgufParts(const std::filesystem::path& path);

} // namespace hearth
