#include "convert/gguf_vocabulary.h"

#include "convert/gguf_pieces.h"
#include "convert/gguf_tokens.h"
#include "formats/gguf.h"
#include "formats/json_file.h"
#include "text/open_tokenizer.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxConfigBytes = 64 << 20;
constexpr std::uint64_t kMaxTokenizerBytes = std::uint64_t{512} << 20;

void copyKeys(const GgufFile& from, GgufWriter& writer) {
    for (const std::string_view key : from.keys())
        if (key.starts_with("tokenizer.") && key != "tokenizer.ggml.token_type_count")
            writer.addRaw(key, from.raw(key));
}

bool isUnigram(const fs::path& path) {
    const auto document = readJson(path, kMaxTokenizerBytes);
    return document && document->is_object() && document->contains("model") &&
           (*document)["model"].is_object() && (*document)["model"].value("type", "") == "Unigram";
}

/// The file in a folder that is the tokenizer; a sentencepiece model of merges tells more than the
/// JSON made of it, one of pieces less: the JSON knows the added tokens.
fs::path fileIn(const fs::path& place) {
    std::error_code failed;
    if (!fs::is_directory(place, failed))
        return place;
    if (fs::exists(place / "tokenizer.json", failed) && isUnigram(place / "tokenizer.json"))
        return place / "tokenizer.json";
    for (const char* name : {"tokenizer.model", "spiece.model", "tokenizer.json", "vocab.txt",
                             "tokenizer.gguf"})
        if (fs::exists(place / name, failed))
            return place / name;
    return place;
}

/// What the tokenizer puts around a text.
struct Surroundings {
    std::optional<std::int32_t> first;
    std::optional<std::int32_t> last;
};

Surroundings surroundingsOf(const Tokenizer& tokenizer) {
    EncodeOptions options;
    options.addSpecialTokens = true;
    const auto ids = tokenizer.encode("", options);
    const SpecialTokens& special = tokenizer.specialTokens();
    Surroundings around;
    if (!ids || ids->empty())
        return around;
    if (ids->size() > 1 || ids->front() == special.bos)
        around.first = ids->front();
    if (ids->size() > 1 || (!special.eos.empty() && ids->back() == special.eos.front()))
        around.last = ids->back();
    return around;
}

void addSpecialTokens(const Tokenizer& tokenizer, const DecoderSpec& sizes, GgufWriter& writer) {
    const SpecialTokens& special = tokenizer.specialTokens();
    const Surroundings around = surroundingsOf(tokenizer);
    const bool isBoth = around.first && around.last; // BERT and its like
    const auto set = [&](const char* key, std::optional<std::int32_t> id) {
        if (id && *id >= 0 && *id < sizes.vocabulary)
            writer.add(std::string("tokenizer.ggml.") + key, static_cast<std::uint32_t>(*id));
    };
    set("bos_token_id", special.bos ? special.bos : around.first);
    if (!special.eos.empty())
        set("eos_token_id", special.eos.front());
    else if (!sizes.eosTokens.empty())
        set("eos_token_id", sizes.eosTokens.front());
    else
        set("eos_token_id", around.last);
    set("eot_token_id", special.eot);
    set("unknown_token_id", special.unk);
    set("padding_token_id", special.pad);
    if (isBoth) {
        set("cls_token_id", around.first);
        set("seperator_token_id", around.last); // spelt so in the format
    }
    writer.add("tokenizer.ggml.add_bos_token", around.first.has_value());
    if (around.last)
        writer.add("tokenizer.ggml.add_eos_token", true);
}

/// The folder's template as one text: its own file, or what tokenizer_config.json has.
Result<std::string> templateIn(const fs::path& folder) {
    std::error_code failed;
    if (fs::exists(folder / "chat_template.jinja", failed)) {
        std::ifstream file(folder / "chat_template.jinja", std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    if (!fs::exists(folder / "tokenizer_config.json", failed))
        return std::string();
    HEARTH_TRY_ASSIGN(const nlohmann::json config,
                      readJson(folder / "tokenizer_config.json", kMaxConfigBytes));
    const auto found = config.is_object() ? config.find("chat_template") : config.end();
    if (found == config.end())
        return std::string();
    if (found->is_string())
        return found->get<std::string>();
    if (found->is_array())
        for (const nlohmann::json& each : *found)
            if (each.is_object() && each.value("name", "") == "default")
                return each.value("template", "");
    return std::string();
}

void addTokens(const GgufTokens& tokens, GgufWriter& writer) {
    writer.add("tokenizer.ggml.model", std::string_view(tokens.model));
    writer.add("tokenizer.ggml.pre",
               std::string_view(tokens.pre.empty() ? "default" : tokens.pre));
    writer.add("tokenizer.ggml.tokens", std::span<const std::string>(tokens.texts));
    writer.add("tokenizer.ggml.token_type", std::span<const std::int32_t>(tokens.types));
    if (tokens.model == "gpt2") {
        writer.add("tokenizer.ggml.merges", std::span<const std::string>(tokens.merges));
        return;
    }
    if (tokens.model == "bert") {
        writer.add("tokenizer.ggml.normalizer.lowercase", tokens.lowercase);
        writer.add("tokenizer.ggml.normalizer.strip_accents", tokens.stripAccents);
        return;
    }
    writer.add("tokenizer.ggml.scores", std::span<const float>(tokens.scores));
    writer.add("tokenizer.ggml.add_space_prefix", tokens.addSpacePrefix);
    if (tokens.model != "t5")
        return;
    writer.add("tokenizer.ggml.remove_extra_whitespaces", tokens.removeExtraSpaces);
    if (!tokens.charactersMap.empty())
        writer.addBytes("tokenizer.ggml.precompiled_charsmap", tokens.charactersMap);
}

Result<GgufTokens> tokensOf(const fs::path& path) {
    if (path.extension() == ".model")
        return tokensOfSentencePiece(path);
    if (path.extension() == ".txt")
        return tokensOfVocabularyText(path);
    return tokensOfTokenizerJson(path);
}

} // namespace

Result<void> addVocabulary(const fs::path& place, const DecoderSpec& sizes, GgufWriter& writer) {
    if (place.empty()) {
        writer.add("tokenizer.ggml.model", "none");
        return {};
    }
    const fs::path path = fileIn(place);
    if (path.extension() == ".gguf") {
        HEARTH_TRY_ASSIGN(const GgufFile file, GgufFile::open(path));
        copyKeys(file, writer);
        return {};
    }
    HEARTH_TRY_ASSIGN(GgufTokens tokens, tokensOf(path));
    tokens.resize(static_cast<std::size_t>(sizes.vocabulary));
    addTokens(tokens, writer);
    HEARTH_TRY_ASSIGN(const std::unique_ptr<Tokenizer> tokenizer, openTokenizer(place));
    addSpecialTokens(*tokenizer, sizes, writer);
    std::error_code failed;
    const fs::path folder = fs::is_directory(place, failed) ? place : place.parent_path();
    HEARTH_TRY_ASSIGN(const std::string text, templateIn(folder));
    if (!text.empty())
        writer.add("tokenizer.chat_template", std::string_view(text));
    return {};
}

} // namespace hearth
