#include "convert/gguf_vocabulary.h"
#include "engine/convert/convert_support.h"
#include "text/open_tokenizer.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace hearth;
using namespace hearth::test;

namespace {

std::string tokenizerPath(const std::string& name) {
    return std::string(HEARTH_TEST_DATA) + "/tokenizers/" + name;
}

/// A GGUF file with a tokenizer's keys and no tensors.
std::filesystem::path exported(const std::filesystem::path& tokenizer,
                               const TemporaryFolder& folder) {
    const std::filesystem::path path = folder.path() / "t.gguf";
    auto writer = GgufWriter::create(path);
    EXPECT_TRUE(writer);
    DecoderSpec decoder;
    decoder.vocabulary = 1500; // more than any of them has
    const auto added = addVocabulary(tokenizer, decoder, *writer);
    EXPECT_TRUE(added) << added.error().message();
    EXPECT_TRUE(writer->writeHeader());
    EXPECT_TRUE(writer->finish());
    return path;
}

} // namespace

/// GGUF files have no words for all of a tokenizer: see the cases.
bool isExpressible(std::string_view name, const std::string& text) {
    const bool isPlain = std::ranges::all_of(text, [](unsigned char c) { return c < 128; });
    if (name == "bpe_qwen2") // its NFC
        return isPlain;
    if (name == "unigram_xlm") // spaces at the ends, and its way with the map
        return isPlain && (text.empty() || (text.front() > ' ' && text.back() > ' '));
    return name != "wordpiece_bert" || text.find("\u2581") == std::string::npos; // marks words
}

/// Scores of pieces are rounded to float32 in a GGUF file, so that some orders of them tie.
std::vector<std::int32_t> ordered(std::string_view name, std::vector<std::int32_t> ids) {
    if (name == "unigram_xlm")
        std::ranges::sort(ids);
    return ids;
}

// The exported tokenizer gives the original library's ids.
TEST(GgufVocabulary, TokenizesAsTheOriginal) {
    for (const char* name : {"bpe_gpt2", "bpe_llama3", "bpe_qwen2", "sp_bpe_llama2",
                             "sp_unigram_t5", "unigram_xlm", "wordpiece_bert"}) {
        const TemporaryFolder folder;
        const auto tokenizer = openTokenizer(exported(tokenizerPath(name), folder));
        ASSERT_TRUE(tokenizer) << name << tokenizer.error().message();
        EXPECT_EQ((*tokenizer)->vocabularySize(), 1500U);
        const auto reference = nlohmann::json::parse(readFile(tokenizerPath(name) +
                                                              "/reference.json"));
        for (const nlohmann::json& each : reference) {
            const auto text = each.at("text").get<std::string>();
            if (!isExpressible(name, text))
                continue;
            EncodeOptions options;
            // sentencepiece knows no added tokens.
            options.parseAddedTokens = !std::string_view(name).starts_with("sp_");
            const auto ids = (*tokenizer)->encode(text, options);
            ASSERT_TRUE(ids);
            EXPECT_EQ(ordered(name, *ids),
                      ordered(name, each.at("ids").get<std::vector<std::int32_t>>()))
                << name << " " << text;
        }
    }
}

// What a tokenizer puts around a text, and the small letters of BERT.
TEST(GgufVocabulary, KeepsWhatStandsAroundATextAndItsLetters) {
    const auto encoded = [](const std::filesystem::path& path, std::string_view text) {
        const auto tokenizer = openTokenizer(path);
        EXPECT_TRUE(tokenizer) << tokenizer.error().message();
        EncodeOptions options;
        options.addSpecialTokens = true;
        return (*tokenizer)->encode(text, options).value();
    };
    for (const char* name : {"sp_unigram_t5", "unigram_xlm", "wordpiece_bert", "sp_bpe_llama2"}) {
        const TemporaryFolder folder;
        EXPECT_EQ(encoded(exported(tokenizerPath(name), folder), "Hello world"),
                  encoded(tokenizerPath(name), "Hello world"))
            << name;
    }
    for (const bool lower : {true, false})
        for (const char* file : {"vocab.txt", "tokenizer.json"}) {
            const TemporaryFolder folder;
            std::filesystem::copy(tokenizerPath("wordpiece_bert") + "/" + file,
                                  folder.path() / file);
            folder.write("tokenizer_config.json",
                         std::string("{\"do_lower_case\": ") + (lower ? "true}" : "false}"));
            if (file == std::string_view("tokenizer.json")) {
                auto json = nlohmann::json::parse(readFile(folder.path() / file));
                json["normalizer"]["lowercase"] = lower;
                folder.write(file, json.dump());
            }
            for (const char* text : {"Hello W\u00d6RLD", "\u00e9t\u00e9"})
                EXPECT_EQ(encoded(exported(folder.path(), folder), text),
                          encoded(folder.path(), text))
                    << file << lower;
        }
}
