#include "engine/text/tokenizer_support.h"
#include "text/tokenizer_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace hearth;
using namespace hearth::test;
using nlohmann::json;

namespace {

json readFile(const std::filesystem::path& path) {
    return json::parse(fileBytes(path));
}

json withOverrides(json document, const json& overrides) {
    for (const auto& [key, value] : overrides.items()) {
        if (key == "model")
            document[key].update(value);
        else if (key == "added_tokens")
            document[key].insert(document[key].end(), value.begin(), value.end());
        else
            document[key] = value;
    }
    return document;
}

// Runs every case of components/reference.json (see make_components.py) that is built on `base`.
void expectCases(const char* group, const json& base) {
    const json cases = readFile(tokenizerFolder("components") / "reference.json").at(group);
    ASSERT_GT(cases.size(), 5U);
    for (const json& each : cases) {
        SCOPED_TRACE(each.at("name").get<std::string>());
        const auto tokenizer =
            tokenizerFromJson(withOverrides(base, each.at("overrides")), TokenizerFolder{}, "t");
        ASSERT_TRUE(tokenizer) << tokenizer.error().message();
        for (const json& text : each.at("texts")) {
            const auto ids =
                (*tokenizer)->encode(text.at("text").get<std::string>(), {true, false});
            ASSERT_TRUE(ids) << ids.error().message();
            EXPECT_EQ(*ids, text.at("ids").get<std::vector<std::int32_t>>()) << text.at("text");
            EXPECT_EQ((*tokenizer)->decode(*ids), text.at("decoded").get<std::string>());
        }
    }
}

} // namespace

TEST(TokenizerJson, ComponentsOnBytes) {
    expectCases("bytes", readFile(tokenizerFolder("bpe_gpt2") / "tokenizer.json"));
}

TEST(TokenizerJson, ComponentsOnCharacters) {
    expectCases("characters", readFile(tokenizerFolder("components") / "characters.json"));
}

TEST(TokenizerJson, ComponentsOnWords) {
    expectCases("words", readFile(tokenizerFolder("wordpiece_bert") / "tokenizer.json"));
}

TEST(TokenizerJson, ComponentsOnPieces) {
    expectCases("pieces", readFile(tokenizerFolder("unigram_xlm") / "tokenizer.json"));
}

TEST(TokenizerJson, ComponentsOnAffixes) {
    expectCases("affixes", readFile(tokenizerFolder("components") / "affixes.json"));
}

TEST(TokenizerJson, TemplateAddsSpecialTokens) {
    json document = readFile(tokenizerFolder("bpe_llama3") / "tokenizer.json");
    document["post_processor"] = json::parse(R"({"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false},
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "</s>", "type_id": 0}}],
         "pair": [],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [3], "tokens": ["<s>"]},
                            "</s>": {"id": "</s>", "ids": [4], "tokens": ["</s>"]}}}]})");
    const auto tokenizer = tokenizerFromJson(document, TokenizerFolder{}, "t");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_TRUE((*tokenizer)->addBos());
    EXPECT_EQ((*tokenizer)->specialTokens().bos, 3);
    const auto plain = (*tokenizer)->encode("Hello");
    auto expected = *plain;
    expected.insert(expected.begin(), 3);
    expected.push_back(4);
    EXPECT_EQ(*(*tokenizer)->encode("Hello", {false, true}), expected);
    EXPECT_EQ((*tokenizer)->decode(expected), "<s>Hello</s>");
    EXPECT_EQ((*tokenizer)->decode(expected, {true}), "Hello");
}

TEST(TokenizerJson, SpecialTokensComeFromTheFolder) {
    const json document = readFile(tokenizerFolder("bpe_qwen2") / "tokenizer.json");
    TokenizerFolder folder;
    folder.tokenizerConfig = json::parse(
        R"({"bos_token": null, "eos_token": {"content": "</s>"}, "pad_token": "<|endoftext|>"})");
    folder.generationConfig = json::parse(R"({"eos_token_id": [2, 4], "bos_token_id": 3})");
    const auto tokenizer = tokenizerFromJson(document, folder, "t");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    const SpecialTokens& tokens = (*tokenizer)->specialTokens();
    EXPECT_EQ(tokens.bos, 3);
    EXPECT_EQ(tokens.eos, (std::vector<std::int32_t>{4, 2, 0}));
    EXPECT_EQ(tokens.eot, 2);
    EXPECT_EQ(tokens.pad, 0);
    EXPECT_FALSE((*tokenizer)->addBos());
    EXPECT_TRUE((*tokenizer)->isSpecial(2));
    EXPECT_FALSE((*tokenizer)->isSpecial(700));
    EXPECT_FALSE((*tokenizer)->isSpecial(-1));
    EXPECT_EQ((*tokenizer)->tokenId("<|im_end|>"), 2);
    EXPECT_EQ((*tokenizer)->tokenBytes(2), "<|im_end|>");
    EXPECT_EQ((*tokenizer)->tokenBytes(99999), "");
}

TEST(TokenizerJson, UnknownComponentsAreNamed) {
    const json base = readFile(tokenizerFolder("bpe_gpt2") / "tokenizer.json");
    const std::vector<std::pair<json, std::string>> cases = {
        {json{{"model", {{"type", "WordLevel"}}}}, "WordLevel"},
        {json{{"normalizer", {{"type", "Shout"}}}}, "Shout"},
        {json{{"pre_tokenizer", {{"type", "UnicodeScripts"}}}}, "UnicodeScripts"},
        {json{{"decoder", {{"type", "Morse"}}}}, "Morse"},
        {json{{"post_processor", {{"type", "Mystery"}}}}, "Mystery"},
    };
    for (const auto& [overrides, name] : cases) {
        const auto tokenizer =
            tokenizerFromJson(withOverrides(base, overrides), TokenizerFolder{}, "t.json");
        ASSERT_FALSE(tokenizer) << name;
        EXPECT_EQ(tokenizer.error().code, ErrorCode::Unsupported);
        EXPECT_NE(tokenizer.error().message().find(name), std::string::npos);
        EXPECT_EQ(tokenizer.error().path, "t.json");
    }
}
