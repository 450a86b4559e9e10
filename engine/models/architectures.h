#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/config_reader.h"
#include "models/decoder_spec.h"

namespace hearth {

// One function an architecture, each in the file of its name.
Result<DecoderSpec> describeBaichuan(const Checkpoint& checkpoint);
Result<DecoderSpec> describeChatGlm(const Checkpoint& checkpoint);
Result<DecoderSpec> describeDeepseekV2(const Checkpoint& checkpoint);
Result<DecoderSpec> describeDeepseekV3(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGemma(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGemma2(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGemma3(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGlm(const Checkpoint& checkpoint); // in glm4.cpp
Result<DecoderSpec> describeGlm4(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGpt2(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGptOss(const Checkpoint& checkpoint);
Result<DecoderSpec> describeGranite(const Checkpoint& checkpoint);
Result<DecoderSpec> describeInternLm(const Checkpoint& checkpoint);
Result<DecoderSpec> describeInternLm2(const Checkpoint& checkpoint);
Result<DecoderSpec> describeLlama(const Checkpoint& checkpoint);
Result<DecoderSpec> describeMistral(const Checkpoint& checkpoint);
Result<DecoderSpec> describeMixtral(const Checkpoint& checkpoint);
Result<DecoderSpec> describePhi3(const Checkpoint& checkpoint);
Result<DecoderSpec> describeQwen(const Checkpoint& checkpoint);
Result<DecoderSpec> describeQwen2(const Checkpoint& checkpoint);
Result<DecoderSpec> describeQwen2Moe(const Checkpoint& checkpoint); // in qwen_moe.cpp
Result<DecoderSpec> describeQwen3(const Checkpoint& checkpoint);
Result<DecoderSpec> describeQwen3Moe(const Checkpoint& checkpoint); // in qwen_moe.cpp
Result<DecoderSpec> describeSmolLm3(const Checkpoint& checkpoint);
Result<DecoderSpec> describeStableLm(const Checkpoint& checkpoint);
Result<DecoderSpec> describeStarCoder2(const Checkpoint& checkpoint);

/// use_sliding_window, sliding_window and max_window_layers of Qwen 2 and 3.
Result<void> readQwenWindow(const ConfigReader& config, DecoderSpec& decoder);

} // namespace hearth
