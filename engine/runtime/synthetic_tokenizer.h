#pragma once

#include "runtime/missing_tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hearth {

/// The tokenizer of a model of random weights: every token is a word of five bytes, so that what a
/// benchmark measures has text to carry. Texts are refused.
class SyntheticTokenizer final : public MissingTokenizer {
public:
    using MissingTokenizer::MissingTokenizer;

    [[nodiscard]] std::string_view tokenBytes(std::int32_t id) const override {
        return kWords.substr(std::size_t(id) % (kWords.size() / kWordBytes) * kWordBytes,
                             kWordBytes);
    }

private:
    static constexpr std::size_t kWordBytes = 5;
    static constexpr std::string_view kWords = " hear coal wood warm glow fire logs kiln";
};

} // namespace hearth
