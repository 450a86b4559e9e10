#pragma once

#include "text/gguf_tokenizer.h"
#include "text/tokenizer.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hearth::test {

/// tests/data/tokenizers/KIND
std::filesystem::path tokenizerFolder(const std::string& kind);

/// Opens the tokenizer of a fixture; a failed expectation and null if it cannot.
std::unique_ptr<Tokenizer> fixtureTokenizer(const std::string& kind);

std::string fileBytes(const std::filesystem::path& path);

/// The tokenizer.json of a fixture.
nlohmann::json tokenizerDocument(const char* kind);

/// Expects that the tokenizer is refused as corrupt, with a sentence that has `mention` in it.
void expectCorrupt(const nlohmann::json& document, const std::string& mention);
void expectCorrupt(const GgufTokenizerSource& source, const std::string& mention);

/// One entry of reference.json.
struct ReferenceText {
    std::string text;
    std::vector<std::int32_t> ids;
    std::string decoded;
};
std::vector<ReferenceText> referenceTexts(const std::string& kind);

/// Expects the reference's ids and decoded texts.
void expectReference(const Tokenizer& tokenizer, const std::string& kind, EncodeOptions options);

} // namespace hearth::test
