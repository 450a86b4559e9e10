#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <string>

namespace hearth {

/// Query heads of latent attention as the checkpoint's row layout has them, `names.query` of
/// `rows` rows reading the hidden state or the normed queryDown; and headWidth.
void setLatentHeads(DecoderSpec& decoder, const std::string& query);

/// keyUp and valueUp of one matrix [heads * (nopeWidth + valueWidth), kvRank] (kv_b_proj).
void splitKvUp(DecoderSpec& decoder, const std::string& name);

/// attentionScale of yarn'ed latent attention: m² / √(head size),
/// m = 0.1 · mscale · ln(factor) + 1.
void setYarnScale(DecoderSpec& decoder, double mscale);

/// DeepSeek-V2 and V3 in GGUF files, both "deepseek2"; the file tells which.
Result<DecoderSpec> describeDeepseekGguf(const Checkpoint& checkpoint);

} // namespace hearth
