#pragma once

#include <filesystem>

namespace hearth::fuzz {

/// Opens a checkpoint as a load would, up to the weights: description, program, shapes, and the
/// first bytes of every tensor.
void openModel(const std::filesystem::path& path);

/// Opens a tokenizer and takes a text there and back.
void useTokenizer(const std::filesystem::path& path);

} // namespace hearth::fuzz
