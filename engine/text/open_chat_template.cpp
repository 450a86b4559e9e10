#include "text/open_chat_template.h"

#include "formats/gguf.h"
#include "formats/json_file.h"

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTemplateConfigBytes = 64 << 20;
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
    HEARTH_TRY_ASSIGN(const nlohmann::json config, readJson(path, kMaxTemplateConfigBytes));
    return nlohmann::ordered_json(config);
}

/// The files of additional_chat_templates/, as transformers saves a model's further templates.
Result<std::map<std::string, std::string>> additionalTemplates(const fs::path& folder) {
    constexpr std::size_t kMaxTemplates = 64;
    std::map<std::string, std::string> templates;
    std::error_code error;
    for (fs::directory_iterator entry(folder / "additional_chat_templates", error), end;
         !error && entry != end && templates.size() < kMaxTemplates; entry.increment(error)) {
        if (entry->path().extension() != ".jinja")
            continue;
        HEARTH_TRY_ASSIGN(const auto text, readTemplateFile(entry->path()));
        if (text)
            templates.emplace(entry->path().stem().string(), *text);
    }
    return templates;
}

struct Sources {
    std::optional<std::string> usual;
    std::optional<std::string> withTools; ///< Where it is another one.
};

Result<Sources> sourcesOf(const ChatTemplateInputs& inputs) {
    constexpr std::string_view kWithTools = "tool_use";
    Sources sources;
    HEARTH_TRY_ASSIGN(sources.usual, loadChatTemplateSource(inputs));
    auto other = loadChatTemplateSource(inputs, kWithTools);
    if (other && *other != sources.usual)
        sources.withTools = *std::move(other);
    return sources;
}

Result<Sources> sourceInFolder(const fs::path& folder) {
    ChatTemplateInputs inputs;
    HEARTH_TRY_ASSIGN(inputs.additional, additionalTemplates(folder));
    HEARTH_TRY_ASSIGN(inputs.jinjaFile, readTemplateFile(folder / "chat_template.jinja"));
    HEARTH_TRY_ASSIGN(nlohmann::ordered_json config, readConfig(folder));
    if (!config.is_null())
        inputs.config = std::move(config);
    return sourcesOf(inputs);
}

Result<Sources> sourceInGguf(const fs::path& file) {
    HEARTH_TRY_ASSIGN(const GgufFile gguf, GgufFile::open(file));
    HEARTH_TRY_ASSIGN(const std::string_view text,
                      gguf.getOr<std::string_view>("tokenizer.chat_template", ""));
    ChatTemplateInputs inputs;
    if (!text.empty())
        inputs.ggufTemplate = std::string(text);
    HEARTH_TRY_ASSIGN(const std::string_view withTools,
                      gguf.getOr<std::string_view>("tokenizer.chat_template.tool_use", ""));
    if (!withTools.empty())
        inputs.additional.emplace("tool_use", withTools);
    return sourcesOf(inputs);
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
    HEARTH_TRY_ASSIGN(Sources sources, isFolder(path) ? sourceInFolder(path) : sourceInGguf(path));
    if (!sources.usual)
        return std::optional<ChatTemplate>{};
    HEARTH_TRY_ASSIGN(const SpecialTokenTexts texts, specialTokenTexts(path));
    HEARTH_TRY_ASSIGN(ChatTemplate created, ChatTemplate::create(*std::move(sources.usual), texts));
    if (sources.withTools) {
        HEARTH_TRY_ASSIGN(ChatTemplate other,
                          ChatTemplate::create(*std::move(sources.withTools), texts));
        created.setWithTools(std::move(other));
    }
    return std::optional(std::move(created));
}

} // namespace hearth
