#pragma once

#include "hearth/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hearth {

/// Weights of one purpose, all layers together.
struct ModelPart {
    std::string name; ///< "embedding", "attention", "feed-forward", "experts", "norms", "output".
    std::uint64_t bytes = 0;      ///< In the file.
    std::uint64_t parameters = 0;
};

/// What a model is made of, found out without loading it.
struct ModelDetails {
    std::vector<ModelPart> parts;             ///< Those that it has, in the order above.
    std::uint64_t bytes = 0;                  ///< Of the parts together.
    std::uint64_t kvBytesPerToken = 0;        ///< In 16 bits, at any length.
    std::uint64_t windowBytesPerToken = 0;    ///< Of layers that keep only a window.
    std::int32_t window = 0;                  ///< Tokens of the longest window; 0: none.
    std::int32_t trainedContext = 0;

    /// Bytes of keys and values for a sequence of so many tokens.
    [[nodiscard]] std::uint64_t cacheBytes(std::uint64_t tokens) const;
    /// The longest context whose weights, cache and working memory fit into `budget` bytes, at most
    /// the trained one; 0: not even the weights.
    [[nodiscard]] std::int32_t largestContext(std::uint64_t budget) const;
};

/// Errors: those of opening and describing a checkpoint.
[[nodiscard]] Result<ModelDetails> describeParts(const std::string& path);

} // namespace hearth
