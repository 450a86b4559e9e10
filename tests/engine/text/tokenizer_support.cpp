#include "engine/text/tokenizer_support.h"

#include "text/open_tokenizer.h"
#include "text/tokenizer_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

namespace hearth::test {

std::filesystem::path tokenizerFolder(const std::string& kind) {
    return std::filesystem::path(HEARTH_TEST_DATA) / "tokenizers" / kind;
}

std::unique_ptr<Tokenizer> fixtureTokenizer(const std::string& kind) {
    auto tokenizer = openTokenizer(tokenizerFolder(kind));
    EXPECT_TRUE(tokenizer) << tokenizer.error().message();
    return tokenizer ? *std::move(tokenizer) : nullptr;
}

std::string fileBytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<ReferenceText> referenceTexts(const std::string& kind) {
    const auto list = nlohmann::json::parse(fileBytes(tokenizerFolder(kind) / "reference.json"));
    std::vector<ReferenceText> texts;
    for (const auto& entry : list)
        texts.push_back({entry.at("text"), entry.at("ids"), entry.at("decoded")});
    EXPECT_EQ(texts.size(), 240U);
    return texts;
}

nlohmann::json tokenizerDocument(const char* kind) {
    return nlohmann::json::parse(fileBytes(tokenizerFolder(kind) / "tokenizer.json"));
}

namespace {

void expectCorruptError(const Result<std::unique_ptr<Tokenizer>>& tokenizer,
                        const std::string& mention) {
    ASSERT_FALSE(tokenizer) << mention;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::Corrupt);
    EXPECT_NE(tokenizer.error().message().find(mention), std::string::npos)
        << tokenizer.error().message();
}

} // namespace

void expectCorrupt(const nlohmann::json& document, const std::string& mention) {
    const auto tokenizer = tokenizerFromJson(document, TokenizerFolder{}, "t.json");
    expectCorruptError(tokenizer, mention);
    EXPECT_EQ(tokenizer.error().path, "t.json");
}

void expectCorrupt(const GgufTokenizerSource& source, const std::string& mention) {
    expectCorruptError(tokenizerFromGguf(source), mention);
}

void expectReference(const Tokenizer& tokenizer, const std::string& kind, EncodeOptions options) {
    for (const ReferenceText& reference : referenceTexts(kind)) {
        const auto ids = tokenizer.encode(reference.text, options);
        ASSERT_TRUE(ids) << ids.error().message();
        EXPECT_EQ(*ids, reference.ids) << reference.text;
        EXPECT_EQ(tokenizer.decode(reference.ids), reference.decoded) << reference.text;
    }
}

} // namespace hearth::test
