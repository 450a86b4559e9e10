#include "engine/text/tokenizer_support.h"
#include "text/gguf_tokenizer.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/tokenizer_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <unistd.h>

using namespace hearth;
using namespace hearth::test;
using nlohmann::json;

namespace {

std::string model(const char* kind) {
    return fileBytes(tokenizerFolder(kind) / "tokenizer.model");
}

void expectCorruptModel(const std::string& bytes, const std::string& mention) {
    const auto tokenizer = sentencePieceTokenizer(bytes, TokenizerFolder{}, "t.model");
    ASSERT_FALSE(tokenizer) << mention;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(tokenizer.error().path, "t.model");
    EXPECT_NE(tokenizer.error().message().find(mention), std::string::npos)
        << tokenizer.error().message();
}

std::string message(char tag, const std::string& payload) {
    std::string bytes{tag};
    for (std::size_t rest = payload.size(); true; rest >>= 7) {
        bytes += static_cast<char>(rest < 0x80 ? rest : (rest & 0x7F) | 0x80);
        if (rest < 0x80)
            return bytes + payload;
    }
}

std::string piece(const std::string& text, float score, char type) {
    std::string bytes = message('\x0A', text) + "\x15";
    bytes.append(reinterpret_cast<const char*>(&score), 4);
    return message('\x0A', bytes + "\x18" + type);
}

class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& bytes)
        : m_path(std::filesystem::temp_directory_path() /
                 ("hearth-tokenizer-" + std::to_string(getpid()) + ".json")) {
        std::ofstream(m_path, std::ios::binary) << bytes;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(m_path); }
    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

struct GgufSample {
    std::vector<std::string> bytes;
    GgufTokenizerSource source;

    GgufSample() {
        source.model = "llama";
        source.tokens = {"<unk>", "<s>", "</s>", "a", "b", "ab"};
        source.scores = {0, 0, 0, -3, -4, -1};
        source.types = {2, 3, 3, 1, 1, 1};
        for (int byte = 0; byte < 256; ++byte) {
            char text[8];
            std::snprintf(text, sizeof text, "<0x%02X>", byte);
            bytes.emplace_back(text);
        }
        for (const std::string& text : bytes) {
            source.tokens.push_back(text);
            source.scores.push_back(0);
            source.types.push_back(6);
        }
    }
};

} // namespace

TEST(TokenizerJson, fault_021_invalid_or_deep_file) {
    for (const std::string& bytes :
         {std::string(), std::string("<html>"), std::string("{\"model\": "),
          std::string(100000, '['), "{\"normalizer\":" + std::string(100000, '[') + "}",
          std::string("[]"), std::string("{}"), std::string("{\"model\":{\"vocab\":[]}}")}) {
        const TemporaryFile file(bytes);
        const auto tokenizer = readTokenizerJson(file.path());
        ASSERT_FALSE(tokenizer) << bytes.substr(0, 40);
        EXPECT_EQ(tokenizer.error().code, ErrorCode::Corrupt);
        EXPECT_EQ(tokenizer.error().path, file.path());
    }
}

TEST(TokenizerJson, fault_021_ids) {
    const auto with = [](const json& id) {
        json broken = tokenizerDocument("bpe_gpt2");
        broken["model"]["vocab"]["hello"] = id;
        return broken;
    };
    expectCorrupt(with(-1), "hello");
    expectCorrupt(with(700), "given twice");
    expectCorrupt(with(2000000000), "hello");
    expectCorrupt(with(std::numeric_limits<std::uint64_t>::max()), "hello");
    expectCorrupt(with(1.5), "hello");
    expectCorrupt(with("1200"), "hello");
    json added = tokenizerDocument("bpe_gpt2");
    added["added_tokens"][0] = {{"id", -3}, {"content", "<new>"}};
    expectCorrupt(added, "added_tokens[0].id");
    added["added_tokens"][0] = {{"id", 900}, {"content", "<new>"}};
    expectCorrupt(added, "<new>");
}

TEST(TokenizerJson, fault_021_wrong_types_and_merges) {
    json broken = tokenizerDocument("bpe_gpt2");
    broken["model"]["merges"].push_back({"q", "zzz"});
    expectCorrupt(broken, "zzz");
    for (const json& merge : {json("nospace"), json("a b c"), json(3), json{"a"}}) {
        broken = tokenizerDocument("bpe_gpt2");
        broken["model"]["merges"][5] = merge;
        expectCorrupt(broken, "model.merges[5]");
    }
    broken = tokenizerDocument("bpe_gpt2");
    broken["pre_tokenizer"]["use_regex"] = "yes";
    expectCorrupt(broken, "pre_tokenizer.use_regex");
    broken["pre_tokenizer"] = json{{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}};
    expectCorrupt(broken, "pre_tokenizer.pattern");
}

TEST(SentencePiece, fault_022_malformed_byte_tokens) {
    const std::string base = model("sp_bpe_llama2");
    expectCorruptModel(base + piece("<0xG1>", 0, 6), "byte token");
    expectCorruptModel(base + piece("<0x1>", 0, 6), "byte token");
    expectCorruptModel(base + piece("<0x0a>", 0, 6), "two pieces");
}

TEST(GgufTokenizer, fault_022_malformed_byte_tokens) {
    GgufSample sample;
    ASSERT_TRUE(tokenizerFromGguf(sample.source));
    sample.source.tokens[20] = "<0xZZ>";
    expectCorrupt(sample.source, "<0xZZ>");
    sample.source.tokens[20] = sample.source.tokens[21];
    expectCorrupt(sample.source, "two tokens");
    sample.source.tokens[20] = "c";
    sample.source.types[20] = 1;
    expectCorrupt(sample.source, "255 of 256");
}

TEST(SentencePiece, fault_023_truncated_anywhere) {
    const std::string bytes = model("sp_bpe_llama2");
    std::size_t refused = 0;
    for (std::size_t length = 0; length < bytes.size(); length += 7) {
        const auto tokenizer =
            sentencePieceTokenizer(bytes.substr(0, length), TokenizerFolder{}, "t");
        if (tokenizer)
            continue; // Cut between two pieces: a smaller vocabulary.
        ++refused;
        EXPECT_EQ(tokenizer.error().code, ErrorCode::Corrupt);
    }
    EXPECT_GT(refused, bytes.size() / 7 / 2);
    const std::string unigram = model("sp_unigram_t5");
    expectCorruptModel(unigram.substr(0, unigram.size() / 2), "past the end");
}

TEST(SentencePiece, fault_023_numbers_and_pieces) {
    const std::string base = model("sp_bpe_llama2");
    expectCorruptModel(base + "\x0A" + std::string(10, '\xFF'), "varint");
    expectCorruptModel(base + "\x0A\xFF\xFF\xFF\xFF\x0F", "past the end");
    expectCorruptModel(base + std::string("\x0F\0", 2), "wire type");
    expectCorruptModel(base + std::string("\0\0", 2), "number 0");
    expectCorruptModel(base + piece("x1", std::nanf(""), 1), "score");
    expectCorruptModel(base + piece("x1", std::numeric_limits<float>::infinity(), 1), "score");
    expectCorruptModel(base + piece("", 0, 1), "empty");
    expectCorruptModel(base + piece("\xFF", 0, 1), "UTF-8");
    expectCorruptModel(base + piece("x1", 0, 9), "type");
    expectCorruptModel(base + piece("<s>", 0, 3), "twice");
    expectCorruptModel(base + piece("<unk2>", 0, 2), "unknown tokens");
    expectCorruptModel(base + piece(std::string(100000, 'x'), 0, 1), "longer than");
}

TEST(SentencePiece, fault_023_bad_charsmap) {
    const std::string base = model("sp_unigram_t5");
    const auto withMap = [&](const std::string& map) {
        return base + message('\x1A', message('\x12', map));
    };
    const auto trie = [](std::vector<std::uint32_t> units, const std::string& texts) {
        const auto bytes = static_cast<std::uint32_t>(units.size() * 4);
        std::string map(reinterpret_cast<const char*>(&bytes), 4);
        map.append(reinterpret_cast<const char*>(units.data()), bytes);
        return map + texts;
    };
    const std::string texts("a\0", 2);
    expectCorruptModel(withMap("abc"), "precompiled_charsmap");
    expectCorruptModel(withMap(std::string("\xFF\xFF\xFF\x7F", 4) + "abc"), "longer than itself");
    expectCorruptModel(withMap(trie(std::vector<std::uint32_t>(256), "ab")), "has no end");
    expectCorruptModel(withMap(trie(std::vector<std::uint32_t>(256, 1U << 30), texts)), "bounds");
    expectCorruptModel(withMap(trie({0, 0, 0}, texts)), "bounds");
    std::vector<std::uint32_t> units(256);
    units[0] = 1U << 10 | 1U << 8; // Its value is at unit 1.
    units[1] = 1U << 31 | 77;
    expectCorruptModel(withMap(trie(units, texts)), "points past");
}

TEST(SentencePiece, fault_023_random_damage_never_kills) {
    std::mt19937 random(23);
    for (const char* kind : {"sp_bpe_llama2", "sp_unigram_t5"}) {
        const std::string bytes = model(kind);
        for (int round = 0; round < 60; ++round) {
            std::string damaged = bytes;
            for (int i = 0; i <= round % 4; ++i)
                damaged[random() % damaged.size()] = static_cast<char>(random());
            const auto tokenizer = sentencePieceTokenizer(damaged, TokenizerFolder{}, "t");
            if (tokenizer) {
                EXPECT_TRUE((*tokenizer)->encode("Hello, wörld ½ ﬁ 漢字 🙂"));
            }
        }
    }
}

TEST(Tokenizer, fault_024_long_runs_take_linear_time) {
    for (const char* kind :
         {"bpe_gpt2", "bpe_llama3", "bpe_qwen2", "tiktoken_qwen", "sp_bpe_llama2", "sp_unigram_t5",
          "unigram_xlm", "wordpiece_bert"}) {
        const auto tokenizer = fixtureTokenizer(kind);
        ASSERT_TRUE(tokenizer);
        for (const char* unit : {"a", " ", "漢", "<|im_start"}) {
            std::string text;
            while (text.size() < (1 << 20))
                text += unit;
            const auto start = std::chrono::steady_clock::now();
            const auto ids = tokenizer->encode(text, {true, false});
            ASSERT_TRUE(ids) << ids.error().message();
            EXPECT_TRUE(!ids->empty() || unit[0] == ' ');
            EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8))
                << kind << " " << unit;
        }
    }
}

TEST(TokenizerJson, fault_025_special_ids) {
    TokenizerFolder folder;
    for (const json& id : {json(1200), json(-2), json(1ULL << 40), json("2"), json{2, 5000}}) {
        folder.generationConfig = json{{"eos_token_id", id}};
        const auto tokenizer = tokenizerFromJson(tokenizerDocument("bpe_gpt2"), folder, "t.json");
        ASSERT_FALSE(tokenizer) << id;
        EXPECT_EQ(tokenizer.error().code, ErrorCode::Corrupt);
        EXPECT_EQ(tokenizer.error().field, "eos_token_id");
        EXPECT_EQ(tokenizer.error().path, "generation_config.json");
    }
    TokenizerFolder named;
    named.path = "m";
    named.tokenizerConfig = json{{"bos_token", 5}};
    const auto bad = tokenizerFromJson(tokenizerDocument("bpe_gpt2"), named, "m/tokenizer.json");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().path, "m/tokenizer_config.json");
    EXPECT_EQ(bad.error().field, "bos_token");
    json broken = tokenizerDocument("bpe_gpt2");
    broken["post_processor"] = json::parse(
        R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}],
            "special_tokens": {"<s>": {"ids": [77777]}}})");
    expectCorrupt(broken, "77777");
    broken["post_processor"]["special_tokens"] = json::object();
    expectCorrupt(broken, "not defined");
    broken = tokenizerDocument("bpe_gpt2");
    broken["model"]["unk_token"] = "<none>";
    expectCorrupt(broken, "model.unk_token");
    folder.generationConfig = json{{"pad_token_id", -1}};
    const auto none = tokenizerFromJson(tokenizerDocument("bpe_gpt2"), folder, "t.json");
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_EQ((*none)->specialTokens().pad, std::nullopt);
    EXPECT_EQ((*none)->specialTokens().bos, std::nullopt);
}

TEST(GgufTokenizer, fault_025_special_ids) {
    const auto size = static_cast<std::int64_t>(GgufSample().source.tokens.size());
    GgufSample sample;
    sample.source.bos = size;
    expectCorrupt(sample.source, "tokenizer.ggml.bos_token_id");
    sample.source.bos = -1;
    expectCorrupt(sample.source, "tokenizer.ggml.bos_token_id");
    sample.source.bos.reset();
    sample.source.eos = std::numeric_limits<std::int64_t>::max();
    expectCorrupt(sample.source, "tokenizer.ggml.eos_token_id");
    sample.source.eos.reset();
    sample.source.addBos = true;
    expectCorrupt(sample.source, "add_bos_token");
    sample.source.addBos.reset();
    const auto tokenizer = tokenizerFromGguf(sample.source);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_FALSE((*tokenizer)->addBos());
    EXPECT_EQ(*(*tokenizer)->encode("ab", {false, true}),
              *(*tokenizer)->encode("ab", {false, false}));
}

TEST(GgufTokenizer, fault_025_lists_of_other_lengths) {
    GgufSample sample;
    sample.source.types.pop_back();
    expectCorrupt(sample.source, "tokenizer.ggml.token_type");
    sample.source.types.push_back(42);
    expectCorrupt(sample.source, "unknown type 42");
    sample.source.types.back() = 6;
    sample.source.scores.pop_back();
    expectCorrupt(sample.source, "tokenizer.ggml.scores");
    sample.source.scores.push_back(std::nanf(""));
    expectCorrupt(sample.source, "score");
    sample.source.tokens.clear();
    expectCorrupt(sample.source, "tokenizer.ggml.tokens");
}

TEST(GgufTokenizer, UnknownNamesAreUnsupported) {
    GgufSample sample;
    sample.source.model = "plamo2";
    const auto byModel = tokenizerFromGguf(sample.source);
    ASSERT_FALSE(byModel);
    EXPECT_EQ(byModel.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(byModel.error().detail, "plamo2");
    sample.source.model = "gpt2";
    sample.source.pre = "tomorrow";
    const auto byPre = tokenizerFromGguf(sample.source);
    ASSERT_FALSE(byPre);
    EXPECT_EQ(byPre.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(byPre.error().detail, "tomorrow");
}
