#include "engine/text/tokenizer_support.h"
#include "support/temporary_folder.h"
#include "text/byte_level.h"
#include "text/open_tokenizer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

using namespace hearth;
using namespace hearth::test;
using nlohmann::json;

namespace {

constexpr EncodeOptions kParsed{true, false};

class Folder {
public:
    void write(const char* name, const std::string& bytes) const {
        std::ofstream(m_folder.path() / name, std::ios::binary) << bytes;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return m_folder.path(); }

    void expectCorrupt(const std::string& mention) const {
        const auto tokenizer = openTokenizer(path());
        ASSERT_FALSE(tokenizer) << mention;
        EXPECT_EQ(tokenizer.error().code, ErrorCode::Corrupt);
        EXPECT_NE(tokenizer.error().message().find(mention), std::string::npos)
            << tokenizer.error().message();
        EXPECT_TRUE(tokenizer.error().path.starts_with(path().string()));
    }

private:
    TemporaryFolder m_folder;
};

std::string base64(const std::string& bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned value = 0;
        for (std::size_t j = i; j < i + 3; ++j)
            value = value << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
        const std::size_t count = std::min<std::size_t>(bytes.size() - i, 3) + 1;
        for (std::size_t j = 0; j < 4; ++j)
            text += j < count ? kDigits[value >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

std::string ranks(const std::vector<std::string>& tokens) {
    std::string file;
    for (std::size_t i = 0; i < tokens.size(); ++i)
        file += base64(tokens[i]) + " " + std::to_string(i) + "\n";
    return file;
}

std::vector<std::string> allBytes() {
    std::vector<std::string> tokens;
    for (int byte = 0; byte < 256; ++byte)
        tokens.emplace_back(1, static_cast<char>(byte));
    return tokens;
}

} // namespace

TEST(LegacyTokenizer, VocabularyTextGivesTheIdsOfItsTokenizerJson) {
    const auto tokenizer = openTokenizer(tokenizerFolder("wordpiece_bert") / "vocab.txt");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    expectReference(**tokenizer, "wordpiece_bert", kParsed);
    const auto whole = (*tokenizer)->encode("the", {false, true});
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->front(), 2);
    EXPECT_EQ(whole->back(), 3);
}

TEST(LegacyTokenizer, CasedVocabularyKeepsCaseAndAccents) {
    const Folder folder;
    folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nÉté\nété\net\n##e\nAb\nab\n");
    folder.write("tokenizer_config.json", R"({"do_lower_case": false})");
    const auto cased = openTokenizer(folder.path());
    ASSERT_TRUE(cased) << cased.error().message();
    EXPECT_EQ((*cased)->encode("Été Ab ab").value(), (std::vector<std::int32_t>{4, 8, 9}));
    folder.write("tokenizer_config.json", R"({"do_lower_case": true})");
    const auto uncased = openTokenizer(folder.path());
    ASSERT_TRUE(uncased) << uncased.error().message();
    EXPECT_EQ((*uncased)->encode("Ete Ab").value(), (std::vector<std::int32_t>{6, 7, 9}));
    EXPECT_EQ((*uncased)->encode("Été Ab").value(), (std::vector<std::int32_t>{6, 7, 9}));
}

TEST(LegacyTokenizer, VocabularyAndMergesGiveTheIdsOfTheirTokenizerJson) {
    for (const auto& [kind, className] :
         {std::pair{"bpe_gpt2", "GPT2Tokenizer"}, {"bpe_qwen2", "Qwen2Tokenizer"}}) {
        const json document = tokenizerDocument(kind);
        const Folder folder;
        std::string merges = "#version: 0.2\n";
        for (const json& merge : document["model"]["merges"])
            merges += merge[0].get<std::string>() + " " + merge[1].get<std::string>() + "\n";
        json added = json::object();
        for (const json& token : document["added_tokens"])
            added[token["content"].get<std::string>()] = token["id"];
        folder.write("vocab.json", document["model"]["vocab"].dump());
        folder.write("merges.txt", merges);
        folder.write("added_tokens.json", added.dump());
        folder.write("tokenizer_config.json", json{{"tokenizer_class", className}}.dump());
        const auto tokenizer = openTokenizer(folder.path());
        ASSERT_TRUE(tokenizer) << tokenizer.error().message();
        expectReference(**tokenizer, kind, kParsed);
    }
}

TEST(LegacyTokenizer, OtherClassesAreUnsupported) {
    const Folder folder;
    folder.write("vocab.json", R"({"a": 0})");
    folder.write("merges.txt", "");
    folder.write("tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizer"})");
    const auto tokenizer = openTokenizer(folder.path());
    ASSERT_FALSE(tokenizer);
    EXPECT_EQ(tokenizer.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(tokenizer.error().detail, "CLIPTokenizer");
}

TEST(LegacyTokenizer, fault_021_vocabulary_text) {
    const Folder folder;
    folder.write("vocab.txt", "");
    folder.expectCorrupt("[UNK]");
    folder.write("vocab.txt", "[PAD]\nhello\n");
    folder.expectCorrupt("[UNK]");
    folder.write("vocab.txt", "[UNK]\nhe\xFFllo\n");
    folder.expectCorrupt("line 2");
    folder.write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\nab\nb\nab\n");
    const auto tokenizer = openTokenizer(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_EQ((*tokenizer)->encode("ab").value(), std::vector<std::int32_t>{5});
}

TEST(LegacyTokenizer, fault_021_merges) {
    const Folder folder;
    folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
    folder.write("merges.txt", "#version: 0.2\na b\n");
    EXPECT_TRUE(openTokenizer(folder.path()));
    folder.write("merges.txt", "#version: 0.2\na b c\n");
    folder.expectCorrupt("line 2");
    folder.write("merges.txt", "a\n");
    folder.expectCorrupt("line 1");
    folder.write("merges.txt", "a zzz\n");
    folder.expectCorrupt("zzz");
    folder.write("vocab.json", R"({"a": -1})");
    folder.expectCorrupt("a");
}

TEST(Tiktoken, Llama3FileGivesTheIdsOfItsTokenizerJson) {
    const json document = tokenizerDocument("bpe_llama3");
    std::vector<std::string> tokens(document["model"]["vocab"].size());
    for (const auto& [text, id] : document["model"]["vocab"].items())
        tokens.at(id.get<std::size_t>()) = text;
    std::string file;
    json named = json::object();
    for (std::size_t id = 0; id < tokens.size(); ++id) {
        const auto bytes = byte_level::bytesOf(tokens[id]);
        const auto& added = document["added_tokens"];
        const bool special = std::any_of(added.begin(), added.end(), [&](const json& token) {
            return token["id"] == id;
        });
        if (special)
            named[std::to_string(id)] = {{"content", tokens[id]}, {"special", true}};
        else
            file += base64(bytes.value()) + " " + std::to_string(id) + "\n";
    }
    const Folder folder;
    folder.write("tokenizer.model", file);
    folder.write("tokenizer_config.json", json{{"added_tokens_decoder", named}}.dump());
    const auto tokenizer = openTokenizer(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    expectReference(**tokenizer, "bpe_llama3", kParsed);
}

TEST(Tiktoken, FamiliesPutTheirSpecialTokensBehindTheRanks) {
    const Folder folder;
    folder.write("tokenizer.model", ranks(allBytes()));
    const auto llama = openTokenizer(folder.path());
    ASSERT_TRUE(llama) << llama.error().message();
    EXPECT_EQ((*llama)->vocabularySize(), 512U);
    EXPECT_EQ((*llama)->tokenId("<|begin_of_text|>"), 256);
    EXPECT_EQ((*llama)->tokenId("<|eot_id|>"), 265);
    EXPECT_EQ((*llama)->tokenId("<|reserved_special_token_250|>"), 511);
    EXPECT_TRUE((*llama)->addBos());
    EXPECT_EQ((*llama)->specialTokens().eot, 265);
    folder.write("config.json", R"({"rope_scaling": {"rope_type": "llama3"}})");
    const auto llama31 = openTokenizer(folder.path());
    ASSERT_TRUE(llama31);
    EXPECT_EQ((*llama31)->tokenId("<|eom_id|>"), 264);
    EXPECT_EQ((*llama31)->tokenId("<|python_tag|>"), 266);
    EXPECT_EQ((*llama31)->vocabularySize(), 512U);
    folder.write("tokenizer_config.json", R"({"tokenizer_class": "ChatGLM4Tokenizer"})");
    const auto glm = openTokenizer(folder.path());
    ASSERT_TRUE(glm);
    EXPECT_EQ((*glm)->encode("", {false, true}).value(), (std::vector<std::int32_t>{258, 260}));
    const auto qwen = fixtureTokenizer("tiktoken_qwen");
    ASSERT_TRUE(qwen);
    EXPECT_EQ(*qwen->tokenId("<|extra_204|>") - *qwen->tokenId("<|endoftext|>"), 207);
}

TEST(Tiktoken, fault_021_lines) {
    const Folder folder;
    const std::string good = ranks(allBytes());
    folder.write("qwen.tiktoken", good);
    EXPECT_TRUE(openTokenizer(folder.path()));
    const auto expectLine = [&](const std::string& line, const std::string& mention) {
        folder.write("tokenizer.model", good + line);
        folder.expectCorrupt(mention);
    };
    expectLine("YWI 256\n", "line 257");
    expectLine("Y*I= 256\n", "base64");
    expectLine(" 256\n", "base64");
    expectLine("YWI=\n", "rank");
    expectLine("YWI= x\n", "rank");
    expectLine("YWI= -1\n", "rank");
    expectLine("YWI= 99999999999999999999\n", "rank");
    expectLine("YWI= 2000000000\n", "out of range");
    expectLine("YWI= 7\n", "rank 7");
    expectLine("YQ== 256\n", "given twice");
    expectLine(base64(std::string(600, 'a')) + " 256\n", "longer than");
}

TEST(Tiktoken, fault_022_bytes_without_a_token) {
    const Folder folder;
    std::vector<std::string> tokens = allBytes();
    tokens[65] = "ab";
    folder.write("tokenizer.model", ranks(tokens));
    folder.expectCorrupt("byte 65");
}

// A hole between the ranks is an id that no text gives.
TEST(Tiktoken, fault_025_holes_and_special_ids) {
    const Folder folder;
    folder.write("tokenizer.model", ranks(allBytes()) + "YWI= 300\n");
    const auto tokenizer = openTokenizer(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_EQ((*tokenizer)->encode("ab").value(), std::vector<std::int32_t>{300});
    EXPECT_EQ((*tokenizer)->decode(std::vector<std::int32_t>{97, 280, 98}), "ab");
    folder.write("generation_config.json", R"({"eos_token_id": 70000})");
    folder.expectCorrupt("eos_token_id");
    folder.write("generation_config.json", "{}");
    folder.write("tokenizer_config.json",
                 R"({"added_tokens_decoder": {"minus": {"content": "<x>"}}})");
    folder.expectCorrupt("added_tokens_decoder");
    folder.write("tokenizer_config.json", R"({"added_tokens_decoder": {"5": {"content": "<x>"}}})");
    folder.expectCorrupt("given twice");
}
