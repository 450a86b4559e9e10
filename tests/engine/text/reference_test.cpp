#include "engine/text/tokenizer_support.h"
#include "text/base64.h"
#include "text/gguf_tokenizer.h"
#include "text/sentencepiece_model.h"
#include "text/tokenizer_json.h"
#include "text/utf8.h"
#include "text/utf8_stream.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sentencepiece_processor.h>

#include <random>

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr EncodeOptions kParsedOnly{true, false};

class ByteLevelReference : public testing::TestWithParam<const char*> {};
class SentencePieceReference : public testing::TestWithParam<const char*> {};

// A tokenizer.json as the metadata that a GGUF file would carry.
struct GgufFromJson {
    nlohmann::json document;
    std::vector<std::string> tokens;
    std::vector<std::string> merges;

    explicit GgufFromJson(const std::string& kind)
        : document(nlohmann::json::parse(fileBytes(tokenizerFolder(kind) / "tokenizer.json"))) {
        const auto& vocab = document["model"]["vocab"];
        tokens.resize(vocab.size());
        for (const auto& [text, id] : vocab.items())
            tokens.at(id.get<std::size_t>()) = text;
        for (const auto& merge : document["model"]["merges"])
            merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
    }

    GgufTokenizerSource source(std::string_view pre) const {
        GgufTokenizerSource result;
        result.model = "gpt2";
        result.pre = pre;
        result.tokens.assign(tokens.begin(), tokens.end());
        result.merges.assign(merges.begin(), merges.end());
        result.types.assign(tokens.size(), 1);
        for (const auto& token : document["added_tokens"])
            result.types.at(token["id"].get<std::size_t>()) = 3;
        return result;
    }
};

// The precompiled_charsmap of sp_unigram_t5, which unigram_xlm has too.
std::string charactersMapOf(const std::string& model) {
    const auto document = nlohmann::json::parse(
        fileBytes(tokenizerFolder("unigram_xlm") / "tokenizer.json"));
    const auto& normalizers = document["normalizer"]["normalizers"];
    const auto map = base64Bytes(normalizers[0]["precompiled_charsmap"].get<std::string>());
    EXPECT_TRUE(map && model.find(*map) != std::string::npos);
    return map.value_or("");
}

} // namespace

TEST_P(ByteLevelReference, IdsAndTexts) {
    const auto tokenizer = fixtureTokenizer(GetParam());
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(tokenizer->vocabularySize(), 1200U);
    expectReference(*tokenizer, GetParam(), kParsedOnly);
}

TEST_P(ByteLevelReference, TokenBytesStreamToTheSameText) {
    const auto tokenizer = fixtureTokenizer(GetParam());
    ASSERT_TRUE(tokenizer);
    for (const ReferenceText& reference : referenceTexts(GetParam())) {
        Utf8Stream stream;
        std::string text;
        for (const std::int32_t id : reference.ids)
            text += stream.feed(tokenizer->tokenBytes(id));
        EXPECT_EQ(text + stream.flush(), reference.decoded);
    }
}

INSTANTIATE_TEST_SUITE_P(Tokenizer, ByteLevelReference,
                         testing::Values("bpe_gpt2", "bpe_llama3", "bpe_qwen2"));

TEST(TrainedReference, WordPieceUnigramAndTiktoken) {
    for (const char* kind : {"wordpiece_bert", "unigram_xlm", "tiktoken_qwen"}) {
        const auto tokenizer = fixtureTokenizer(kind);
        ASSERT_TRUE(tokenizer);
        expectReference(*tokenizer, kind, kParsedOnly);
    }
}

TEST(TrainedReference, TokensOfWordsStreamWithTheirSpaces) {
    const auto tokenizer = fixtureTokenizer("wordpiece_bert");
    ASSERT_TRUE(tokenizer);
    const auto ids = tokenizer->encode("The tokens, streamed");
    ASSERT_TRUE(ids);
    std::string text;
    for (const std::int32_t id : *ids)
        text += tokenizer->tokenBytes(id);
    EXPECT_EQ(text, " the tokens, streamed");
}

// sentencepiece itself knows no control tokens in a text, so its references have them as text.
TEST_P(SentencePieceReference, IdsAndTexts) {
    const auto tokenizer = fixtureTokenizer(GetParam());
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(tokenizer->vocabularySize(), 1200U);
    expectReference(*tokenizer, GetParam(), EncodeOptions{});
}

// Random texts of what the references hold, and of any code points, against the library itself.
TEST_P(SentencePieceReference, LibraryGivesTheSame) {
    const auto tokenizer = fixtureTokenizer(GetParam());
    ASSERT_TRUE(tokenizer);
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.Load((tokenizerFolder(GetParam()) / "tokenizer.model").string()).ok());
    const std::vector<ReferenceText> references = referenceTexts(GetParam());
    std::mt19937 random(5);
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (unsigned i = 0; i <= random() % 4; ++i) {
            text += references[random() % references.size()].text;
            text.append(random() % 3, ' ');
            const char32_t any = 1 + random() % (round % 2 == 0 ? 0x3000 : 0x10FFFF);
            if (any < 0xD800 || any > 0xDFFF)
                utf8::append(text, any);
        }
        std::vector<int> expected;
        ASSERT_TRUE(library.Encode(text, &expected).ok());
        const auto ids = tokenizer->encode(text);
        ASSERT_TRUE(ids) << ids.error().message();
        ASSERT_EQ(*ids, expected) << text;
    }
}

INSTANTIATE_TEST_SUITE_P(Tokenizer, SentencePieceReference,
                         testing::Values("sp_bpe_llama2", "sp_unigram_t5"));

TEST(GgufTokenizer, Gpt2ModelsGiveTheIdsOfTheirTokenizerJson) {
    for (const auto& [kind, pre] : {std::pair{"bpe_gpt2", "gpt-2"}, {"bpe_llama3", "llama-bpe"}}) {
        const GgufFromJson gguf(kind);
        const auto tokenizer = tokenizerFromGguf(gguf.source(pre));
        ASSERT_TRUE(tokenizer) << tokenizer.error().message();
        expectReference(**tokenizer, kind, kParsedOnly);
    }
}

TEST(GgufTokenizer, LlamaModelGivesTheIdsOfItsSentencePieceModel) {
    const std::string bytes = fileBytes(tokenizerFolder("sp_bpe_llama2") / "tokenizer.model");
    const auto model = SentencePieceModel::parse(bytes);
    ASSERT_TRUE(model) << model.error().message();
    GgufTokenizerSource source;
    source.model = "llama";
    for (const auto& piece : model->pieces) {
        source.tokens.push_back(piece.text);
        source.scores.push_back(piece.score);
        source.types.push_back(static_cast<std::int32_t>(piece.type));
    }
    source.unk = 0;
    source.bos = 1;
    source.eos = 2;
    const auto tokenizer = tokenizerFromGguf(source);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_TRUE((*tokenizer)->addBos());
    expectReference(**tokenizer, "sp_bpe_llama2", EncodeOptions{});
}

TEST(GgufTokenizer, BertModelGivesTheIdsOfItsTokenizerJson) {
    const auto document =
        nlohmann::json::parse(fileBytes(tokenizerFolder("wordpiece_bert") / "tokenizer.json"));
    std::vector<std::string> tokens(document["model"]["vocab"].size());
    for (const auto& [text, id] : document["model"]["vocab"].items()) {
        const bool control = text.front() == '[' && text.size() > 1;
        tokens.at(id.get<std::size_t>()) =
            control ? text : text.starts_with("##") ? text.substr(2) : "\xE2\x96\x81" + text;
    }
    GgufTokenizerSource source;
    source.model = "bert";
    source.tokens.assign(tokens.begin(), tokens.end());
    source.types.assign(tokens.size(), 1);
    for (std::size_t id = 0; id < 5; ++id)
        source.types[id] = 3;
    source.cls = 2;
    source.sep = 3;
    source.unk = 1;
    const auto tokenizer = tokenizerFromGguf(source);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    for (const ReferenceText& reference : referenceTexts("wordpiece_bert")) {
        // The format writes U+2581 for the beginning of a word, so it cannot stand for itself.
        if (reference.text.find("\xE2\x96\x81") != std::string::npos)
            continue;
        EXPECT_EQ((*tokenizer)->encode(reference.text, kParsedOnly).value(), reference.ids)
            << reference.text;
    }
    const auto whole = (*tokenizer)->encode("the", {false, true});
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->front(), 2);
    EXPECT_EQ(whole->back(), 3);
}

TEST(GgufTokenizer, T5ModelGivesTheIdsOfItsSentencePieceModel) {
    const std::string bytes = fileBytes(tokenizerFolder("sp_unigram_t5") / "tokenizer.model");
    const auto model = SentencePieceModel::parse(bytes);
    ASSERT_TRUE(model) << model.error().message();
    GgufTokenizerSource source;
    source.model = "t5";
    for (const auto& piece : model->pieces) {
        source.tokens.push_back(piece.text);
        source.scores.push_back(piece.score);
        source.types.push_back(static_cast<std::int32_t>(piece.type));
    }
    source.charactersMap = charactersMapOf(bytes);
    source.eos = 1;
    const auto tokenizer = tokenizerFromGguf(source);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    expectReference(**tokenizer, "sp_unigram_t5", EncodeOptions{});
    const auto whole = (*tokenizer)->encode("a", {false, true});
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->back(), 1);
}
