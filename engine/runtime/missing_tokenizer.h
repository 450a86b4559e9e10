#pragma once

#include "text/tokenizer.h"

#include <string>
#include <utility>
#include <vector>

namespace hearth {

/// Stands in for the tokenizer of a model that has none: token prompts run, texts are refused.
class MissingTokenizer : public Tokenizer {
public:
    /// `reason`: what a text is refused with.
    explicit MissingTokenizer(Error reason) : m_reason(std::move(reason)) {}

    [[nodiscard]] Result<std::vector<std::int32_t>>
    encodeSegments(std::span<const TextSegment> /*segments*/,
                   bool /*addSpecialTokens*/) const override {
        return fail(m_reason);
    }
    [[nodiscard]] std::string decode(std::span<const std::int32_t> /*ids*/,
                                     DecodeOptions /*options*/) const override {
        return {};
    }
    [[nodiscard]] std::string_view tokenBytes(std::int32_t /*id*/) const override { return {}; }
    [[nodiscard]] std::string_view tokenText(std::int32_t /*id*/) const override { return {}; }
    [[nodiscard]] std::optional<std::int32_t> tokenId(std::string_view /*token*/) const override {
        return std::nullopt;
    }
    [[nodiscard]] std::size_t vocabularySize() const override { return 0; }
    [[nodiscard]] bool isSpecial(std::int32_t /*id*/) const override { return false; }
    [[nodiscard]] const SpecialTokens& specialTokens() const override { return m_special; }
    [[nodiscard]] bool addBos() const override { return false; }

private:
    Error m_reason;
    SpecialTokens m_special;
};

} // namespace hearth
