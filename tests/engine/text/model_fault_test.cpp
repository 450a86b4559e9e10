#include "engine/text/tokenizer_support.h"
#include "text/gguf_tokenizer.h"
#include "text/tokenizer_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <limits>

using namespace hearth;
using namespace hearth::test;
using nlohmann::json;

namespace {

GgufTokenizerSource sample(std::string_view model) {
    GgufTokenizerSource source;
    source.model = model;
    source.tokens = {"<pad>", "</s>", "<unk>", "\xE2\x96\x81", "\xE2\x96\x81" "a", "b"};
    source.scores = {0, 0, 0, -3, -4, -1};
    source.types = {3, 3, 2, 1, 1, 1};
    source.unk = 2;
    source.eos = 1;
    return source;
}

} // namespace

// A byte whose token is malformed leaves the characters that need it unknown, and only those.
TEST(UnigramJson, fault_022_malformed_byte_tokens) {
    json document = tokenizerDocument("unigram_xlm");
    document["model"]["byte_fallback"] = true;
    for (int byte = 0; byte < 256; ++byte) {
        char text[8];
        std::snprintf(text, sizeof text, byte == 0xF4 ? "<0xZZ>" : "<0x%02X>", byte);
        document["model"]["vocab"].push_back({text, -20.0});
    }
    const auto tokenizer = tokenizerFromJson(document, TokenizerFolder{}, "t.json");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    const auto unknown = (*tokenizer)->encode("\xF4\x8F\xBF\xBF");
    ASSERT_TRUE(unknown);
    EXPECT_EQ((*tokenizer)->tokenText(unknown->back()), "<unk>");
    const auto bytes = (*tokenizer)->encode("\xF0\x9F\xBF\xBE");
    ASSERT_TRUE(bytes);
    EXPECT_EQ((*tokenizer)->tokenText(bytes->back()), "<0xBE>");
}

TEST(UnigramJson, fault_023_scores_and_maps) {
    const json good = tokenizerDocument("unigram_xlm");
    json broken = good;
    for (const json& entry : {json{"a"}, json{"a", "b"}, json("a"), json{3, -1.0}, json(nullptr)}) {
        broken["model"]["vocab"][7] = entry;
        expectCorrupt(broken, "model.vocab[7]");
    }
    broken["model"]["vocab"][7] = {"a", std::numeric_limits<double>::infinity()};
    expectCorrupt(broken, "not a number");
    broken["model"]["vocab"][7] = {"a", std::nan("")};
    expectCorrupt(broken, "not a number");
    broken = good;
    json& map = broken["normalizer"]["normalizers"][0]["precompiled_charsmap"];
    for (const char* text : {"!!!!", "AAA", "AAAA", "/////w=="}) {
        map = text;
        expectCorrupt(broken, "precompiled_charsmap");
    }
}

TEST(UnigramJson, fault_025_unknown_token) {
    json broken = tokenizerDocument("unigram_xlm");
    for (const json& id : {json(-1), json(1 << 20), json("3"), json(1ULL << 63)}) {
        broken["model"]["unk_id"] = id;
        expectCorrupt(broken, "model.unk_id");
    }
    broken["model"]["unk_id"] = nullptr;
    const auto tokenizer = tokenizerFromJson(broken, TokenizerFolder{}, "t.json");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_TRUE((*tokenizer)->encode("\xF4\x8F\xBF\xBF"));
}

TEST(WordPieceJson, fault_025_unknown_token_and_limits) {
    json broken = tokenizerDocument("wordpiece_bert");
    broken["model"]["unk_token"] = "[NONE]";
    expectCorrupt(broken, "model.unk_token");
    broken["model"]["unk_token"] = "";
    expectCorrupt(broken, "model.unk_token");
    broken["model"]["unk_token"] = "[UNK]";
    broken["model"]["max_input_chars_per_word"] = -1;
    expectCorrupt(broken, "max_input_chars_per_word");
    broken["model"].erase("max_input_chars_per_word");
    broken["post_processor"]["special_tokens"]["[CLS]"]["ids"] = {70000};
    expectCorrupt(broken, "70000");
}

TEST(GgufTokenizer, fault_023_unigram_scores_and_maps) {
    GgufTokenizerSource source = sample("t5");
    ASSERT_TRUE(tokenizerFromGguf(source));
    source.scores[4] = std::nanf("");
    expectCorrupt(source, "score");
    source.scores.pop_back();
    expectCorrupt(source, "tokenizer.ggml.scores");
    source = sample("t5");
    source.charactersMap = "abc";
    expectCorrupt(source, "precompiled_charsmap");
    source.charactersMap = std::string("\xFF\xFF\xFF\x7F", 4) + "abc";
    expectCorrupt(source, "precompiled_charsmap");
}

TEST(GgufTokenizer, fault_025_word_piece_special_ids) {
    GgufTokenizerSource source = sample("bert");
    ASSERT_TRUE(tokenizerFromGguf(source));
    source.cls = 6;
    expectCorrupt(source, "cls_token_id");
    source.cls.reset();
    source.sep = -1;
    expectCorrupt(source, "seperator_token_id");
    source.sep.reset();
    source.unk.reset();
    expectCorrupt(source, "unknown_token_id");
}
