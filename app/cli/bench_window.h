#pragma once

#include "cli/reply.h"

#include <cstdint>
#include <vector>

namespace hearth::cli {

/// The time in which every request of a batch decodes: from the first token of the last to begin
/// until the first one ends. Prompts that are still being read would slow the others' tokens.
struct DecodeWindow {
    double seconds = 0.0;
    std::int64_t tokens = 0;   ///< Of all requests.
    double meanContext = 0.0;  ///< Tokens that a token's step reads from the cache.

    [[nodiscard]] double tokensPerSecond() const {
        return seconds > 0.0 ? double(tokens) / seconds : 0.0;
    }
};

[[nodiscard]] DecodeWindow decodeWindow(const std::vector<Reply>& replies,
                                        std::int32_t promptTokens);

} // namespace hearth::cli
