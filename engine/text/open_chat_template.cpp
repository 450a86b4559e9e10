#include "text/open_chat_template.h"

#include "formats/gguf.h"
#include "formats/json_file.h"

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxConfigBytes = 64 << 20;
constexpr std::uintmax_t kMaxTemplateBytes = 1 << 20;

Result<std::optional<std::string>> readTemplateFile(const fs::path& path) {
    std::error_code missing;
    const std::uintmax_t size = fs::file_size(path, missing);
    if (missing)
        return std::optional<std::string>{};
    if (size > kMaxTemplateBytes) {
        Error error;
        error.code = ErrorCode::Corrupt;
        error.path = path.string();
        error.detail = "a template of more than 1 MiB";
        return fail(std::move(error));
    }
    std::ifstream file(path, std::ios::binary);
    return std::optional(std::string(std::istreambuf_iterator<char>(file), {}));
}

Result<nlohmann::ordered_json> readConfig(const fs::path& folder) {
    const fs::path path = folder / "tokenizer_config.json";
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return nlohmann::ordered_json();
    HEARTH_TRY_ASSIGN(const nlohmann::json config, readJson(path, kMaxConfigBytes));
    return nlohmann::ordered_json(config);
}

Result<std::optional<std::string>> sourceInFolder(const fs::path& folder) {
    ChatTemplateInputs inputs;
    HEARTH_TRY_ASSIGN(inputs.jinjaFile, readTemplateFile(folder / "chat_template.jinja"));
    HEARTH_TRY_ASSIGN(nlohmann::ordered_json config, readConfig(folder));
    if (!config.is_null())
        inputs.config = std::move(config);
    return loadChatTemplateSource(inputs);
}

Result<std::optional<std::string>> sourceInGguf(const fs::path& file) {
    HEARTH_TRY_ASSIGN(const GgufFile gguf, GgufFile::open(file));
    HEARTH_TRY_ASSIGN(const std::string_view text,
                      gguf.getOr<std::string_view>("tokenizer.chat_template", ""));
    ChatTemplateInputs inputs;
    if (!text.empty())
        inputs.ggufTemplate = std::string(text);
    return loadChatTemplateSource(inputs);
}

Result<std::string> ggufTokenText(const GgufFile& gguf, const std::vector<std::string_view>& tokens,
                                  std::string_view key) {
    HEARTH_TRY_ASSIGN(const std::int64_t id, gguf.getOr<std::int64_t>(key, -1));
    if (id < 0 || std::uint64_t(id) >= tokens.size())
        return std::string();
    return std::string(tokens[std::size_t(id)]);
}

bool isFolder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

} // namespace

Result<SpecialTokenTexts> specialTokenTexts(const fs::path& path) {
    SpecialTokenTexts texts;
    if (isFolder(path)) {
        HEARTH_TRY_ASSIGN(const nlohmann::ordered_json config, readConfig(path));
        if (!config.is_object())
            return texts;
        return SpecialTokenTexts{
            specialTokenText(config, "bos_token"), specialTokenText(config, "eos_token"),
            specialTokenText(config, "pad_token"), specialTokenText(config, "unk_token")};
    }
    HEARTH_TRY_ASSIGN(const GgufFile gguf, GgufFile::open(path));
    HEARTH_TRY_ASSIGN(const std::vector<std::string_view> tokens,
                      gguf.getOr<std::vector<std::string_view>>("tokenizer.ggml.tokens", {}));
    HEARTH_TRY_ASSIGN(texts.bos, ggufTokenText(gguf, tokens, "tokenizer.ggml.bos_token_id"));
    HEARTH_TRY_ASSIGN(texts.eos, ggufTokenText(gguf, tokens, "tokenizer.ggml.eos_token_id"));
    HEARTH_TRY_ASSIGN(texts.pad, ggufTokenText(gguf, tokens, "tokenizer.ggml.padding_token_id"));
    HEARTH_TRY_ASSIGN(texts.unk, ggufTokenText(gguf, tokens, "tokenizer.ggml.unknown_token_id"));
    return texts;
}

Result<std::optional<ChatTemplate>> openChatTemplate(const fs::path& path) {
    HEARTH_TRY_ASSIGN(std::optional<std::string> source,
                      isFolder(path) ? sourceInFolder(path) : sourceInGguf(path));
    if (!source)
        return std::optional<ChatTemplate>{};
    HEARTH_TRY_ASSIGN(SpecialTokenTexts texts, specialTokenTexts(path));
    HEARTH_TRY_ASSIGN(ChatTemplate created,
                      ChatTemplate::create(*std::move(source), std::move(texts)));
    return std::optional(std::move(created));
}

} // namespace hearth
