#pragma once

#include "models/decoder_spec.h"

#include <cstdint>
#include <string>

namespace hearth {

/// The whole of a tensor.
MatrixRows whole(std::string name, std::int64_t rows);
/// Rows [first, first + count) of a tensor of `tensorRows` rows.
MatrixRows slice(std::string name, std::int64_t tensorRows, std::int64_t first, std::int64_t count);

/// Sets query, key and value to the rows of one tensor that holds them in this order.
void fuseQkv(DecoderSpec& decoder, const std::string& name);
/// Likewise where the tensor holds for each KV head its queries, then key and value.
void groupQkv(DecoderSpec& decoder, const std::string& name);
/// Sets gate and up to the rows of one tensor, gate first.
void fuseGateUp(DecoderSpec& decoder, const std::string& name);

/// LLaMA's names in Hugging Face's files; `root` begins all but the head's.
DecoderNames llamaNames(const DecoderSpec& decoder, const std::string& root = "model.");

/// Norms of each head of q and k, by the same names.
void nameHeadNorms(DecoderSpec& decoder, const std::string& root = "model.");

} // namespace hearth
