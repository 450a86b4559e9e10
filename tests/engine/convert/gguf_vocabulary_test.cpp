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
std::filesystem::path exported(const std::string& name, const TemporaryFolder& folder) {
    const std::filesystem::path path = folder.path() / "t.gguf";
    auto writer = GgufWriter::create(path);
    EXPECT_TRUE(writer);
    DecoderSpec decoder;
    decoder.vocabulary = 1500; // more than any of them has
    const auto added = addVocabulary(tokenizerPath(name), decoder, *writer);
    EXPECT_TRUE(added) << added.error().message();
    EXPECT_TRUE(writer->writeHeader());
    EXPECT_TRUE(writer->finish());
    return path;
}

} // namespace

// The exported tokenizer gives the original library's ids.
TEST(GgufVocabulary, TokenizesAsTheOriginal) {
    for (const char* name : {"bpe_gpt2", "bpe_llama3", "bpe_qwen2", "sp_bpe_llama2"}) {
        const TemporaryFolder folder;
        const auto tokenizer = openTokenizer(exported(name, folder));
        ASSERT_TRUE(tokenizer) << name << tokenizer.error().message();
        EXPECT_EQ((*tokenizer)->vocabularySize(), 1500U);
        const auto reference = nlohmann::json::parse(readFile(tokenizerPath(name) +
                                                              "/reference.json"));
        for (const nlohmann::json& each : reference) {
            const auto text = each.at("text").get<std::string>();
            // GGUF files have no word for Qwen's NFC.
            const bool isPlain = std::ranges::all_of(text, [](unsigned char c) { return c < 128; });
            if (std::string_view(name) == "bpe_qwen2" && !isPlain)
                continue;
            EncodeOptions options;
            // sentencepiece knows no added tokens.
            options.parseAddedTokens = !std::string_view(name).starts_with("sp_");
            const auto ids = (*tokenizer)->encode(text, options);
            ASSERT_TRUE(ids);
            EXPECT_EQ(*ids, each.at("ids").get<std::vector<std::int32_t>>()) << name << " " << text;
        }
    }
}
