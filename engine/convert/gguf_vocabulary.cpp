#include "convert/gguf_vocabulary.h"

#include "convert/gguf_tokens.h"
#include "formats/gguf.h"
#include "formats/json_file.h"
#include "text/open_tokenizer.h"

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

void copyKeys(const GgufFile& from, GgufWriter& writer) {
    for (const std::string_view key : from.keys())
        if (key.starts_with("tokenizer."))
            writer.addRaw(key, from.raw(key));
}

/// The file in a folder that is the tokenizer; a sentencepiece model tells more than the JSON made
/// of it.
fs::path fileIn(const fs::path& place) {
    std::error_code failed;
    if (!fs::is_directory(place, failed))
        return place;
    for (const char* name : {"tokenizer.model", "spiece.model", "tokenizer.json", "tokenizer.gguf"})
        if (fs::exists(place / name, failed))
            return place / name;
    return place;
}

void addSpecialTokens(const Tokenizer& tokenizer, const DecoderSpec& decoder, GgufWriter& writer) {
    const SpecialTokens& special = tokenizer.specialTokens();
    const auto set = [&](const char* key, std::optional<std::int32_t> id) {
        if (id && *id >= 0 && *id < decoder.vocabulary)
            writer.add(std::string("tokenizer.ggml.") + key, static_cast<std::uint32_t>(*id));
    };
    set("bos_token_id", special.bos);
    if (!special.eos.empty())
        set("eos_token_id", special.eos.front());
    else if (!decoder.eosTokens.empty())
        set("eos_token_id", decoder.eosTokens.front());
    set("eot_token_id", special.eot);
    set("unknown_token_id", special.unk);
    set("padding_token_id", special.pad);
    EncodeOptions options;
    options.addSpecialTokens = true;
    if (const auto ids = tokenizer.encode("", options))
        writer.add("tokenizer.ggml.add_bos_token",
                   special.bos && !ids->empty() && ids->front() == *special.bos);
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
    writer.add("tokenizer.ggml.scores", std::span<const float>(tokens.scores));
    writer.add("tokenizer.ggml.add_space_prefix", tokens.addSpacePrefix);
    if (tokens.model == "t5")
        writer.add("tokenizer.ggml.remove_extra_whitespaces", tokens.removeExtraSpaces);
}

} // namespace

Result<void> addVocabulary(const fs::path& place, const DecoderSpec& decoder, GgufWriter& writer) {
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
    HEARTH_TRY_ASSIGN(GgufTokens tokens, path.extension() == ".model"
                                             ? tokensOfSentencePiece(path)
                                             : tokensOfTokenizerJson(path));
    tokens.resize(static_cast<std::size_t>(decoder.vocabulary));
    addTokens(tokens, writer);
    HEARTH_TRY_ASSIGN(const std::unique_ptr<Tokenizer> tokenizer, openTokenizer(place));
    addSpecialTokens(*tokenizer, decoder, writer);
    std::error_code failed;
    const fs::path folder = fs::is_directory(place, failed) ? place : place.parent_path();
    HEARTH_TRY_ASSIGN(const std::string text, templateIn(folder));
    if (!text.empty())
        writer.add("tokenizer.chat_template", std::string_view(text));
    return {};
}

} // namespace hearth
