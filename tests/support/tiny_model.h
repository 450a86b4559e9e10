#pragma once

#include "support/make_gguf.h"

#include <cstdint>
#include <functional>
#include <string>

namespace hearth::test {

/// Sizes of a llama model that is small enough to be made in a test.
struct TinyModel {
    std::string architecture = "llama";
    std::int32_t layers = 2;
    std::int32_t hidden = 32;
    std::int32_t feedForward = 64;
    std::int32_t heads = 4;
    std::int32_t kvHeads = 2;
    std::int32_t vocabulary = 64;
    std::int32_t context = 256;
    std::uint32_t seed = 1;
    /// Called with each tensor's name and its float32 bytes before they are stored.
    std::function<void(const std::string& name, std::string& data)> edit;

    [[nodiscard]] std::int32_t headWidth() const { return hidden / heads; }
};

/// Only the keys that describe the model.
[[nodiscard]] GgufBuilder tinyKeys(const TinyModel& model);
/// A whole GGUF file: keys and random F32 weights, no tokenizer.
[[nodiscard]] GgufBuilder tinyGguf(const TinyModel& model);

} // namespace hearth::test
