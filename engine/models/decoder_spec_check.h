#pragma once

#include "hearth/result.h"
#include "models/decoder_spec.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hearth {

/// What must hold between the fields of a spec that a file gave, so that a program can be built
/// of it: list lengths, indices, and names that are safe to fill in. Sizes and ropes are checked by
/// the describing functions before. `path` is for errors: Corrupt naming the field.
Result<void> checkSpecLists(const DecoderSpec& decoder, const std::string& path);
Result<void> checkSpecLists(const EncoderSpec& encoder, const std::string& path);
Result<void> checkSpecLists(const EncoderDecoderSpec& model, const std::string& path);

/// A size and what it may be.
struct SizeRange {
    std::string_view field;
    std::int64_t value;
    std::int64_t low;
    std::int64_t high;
};

/// Corrupt naming the first size that is not within its bounds, which no real model comes near, so
/// that sizes computed from them cannot overflow.
Result<void> checkRanges(std::span<const SizeRange> ranges, const std::string& path);
/// Corrupt for an epsilon that is none.
Result<void> checkNorm(const NormSpec& norm, const std::string& path);

} // namespace hearth
