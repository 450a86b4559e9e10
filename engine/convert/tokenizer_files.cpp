#include "convert/tokenizer_files.h"

#include "convert/gguf_writer.h"
#include "convert/output_file.h"
#include "formats/format_error.h"
#include "formats/gguf.h"
#include "formats/model_card.h"
#include "models/suggested_sampling.h"
#include "text/open_chat_template.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

/// Any of these is a tokenizer.
constexpr std::array kTokenizers{"tokenizer.json", "tokenizer.model", "spiece.model", "vocab.txt",
                                 "vocab.json",     "tokenizer.gguf"};
/// What may lie beside it.
constexpr std::array kCompanions{"tokenizer_config.json", "special_tokens_map.json",
                                 "added_tokens.json",     "merges.txt",
                                 "chat_template.jinja",   "chat_template.json"};
/// Licenses ask that they go with the weights.
constexpr std::array kLicenses{"README.md", "LICENSE", "LICENSE.txt", "LICENSE.md"};
constexpr const char* kGeneration = "generation_config.json";

bool isTokenizer(const fs::path& file) {
    const std::string name = file.filename().string();
    return std::ranges::find(kTokenizers, name) != kTokenizers.end() ||
           file.extension() == ".tiktoken" || file.extension() == ".gguf";
}

bool hasTokenizer(const fs::path& folder) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (isTokenizer(at->path()))
            return true;
    return false;
}

Result<void> copyFile(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
    if (!failed)
        return {};
    const bool full = failed == std::errc::no_space_on_device;
    return fileFailure(full ? ErrorCode::NoSpace : ErrorCode::Io, to.string(), {},
                       failed.message());
}

Result<void> writeText(const fs::path& path, std::string_view text) {
    HEARTH_TRY_ASSIGN(OutputFile file, OutputFile::create(path));
    HEARTH_TRY(file.write(text));
    return file.close();
}

Result<void> copyFromFolder(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
        const fs::path& file = at->path();
        const std::string name = file.filename().string();
        const bool wanted =
            isTokenizer(file) || std::ranges::find(kCompanions, name) != kCompanions.end();
        if (wanted && fs::is_regular_file(file, failed))
            HEARTH_TRY(copyFile(file, to / name));
    }
    return {};
}

/// The keys of the tokenizer alone, and what a folder keeps its template in.
Result<void> copyFromGguf(const fs::path& from, const fs::path& to) {
    HEARTH_TRY_ASSIGN(const GgufFile gguf, GgufFile::open(from));
    HEARTH_TRY_ASSIGN(GgufWriter writer, GgufWriter::create(to / "tokenizer.gguf"));
    HEARTH_TRY_ASSIGN(const std::string_view architecture,
                      gguf.getOr<std::string_view>("general.architecture", "llama"));
    writer.add("general.architecture", architecture);
    for (const std::string_view key : gguf.keys())
        if (key.starts_with("tokenizer."))
            writer.addRaw(key, gguf.raw(key));
    HEARTH_TRY(writer.writeHeader());
    HEARTH_TRY(writer.finish());
    HEARTH_TRY_ASSIGN(const std::string_view text,
                      gguf.getOr<std::string_view>("tokenizer.chat_template", ""));
    if (!text.empty())
        HEARTH_TRY(writeText(to / "chat_template.jinja", text));
    HEARTH_TRY_ASSIGN(const SpecialTokenTexts texts, specialTokenTexts(from));
    nlohmann::json config = nlohmann::json::object();
    const auto set = [&](const char* key, const std::string& value) {
        if (!value.empty())
            config[key] = value;
    };
    set("bos_token", texts.bos);
    set("eos_token", texts.eos);
    set("pad_token", texts.pad);
    set("unk_token", texts.unk);
    return writeText(to / "tokenizer_config.json",
                     config.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Result<void> keepLicense(const Checkpoint& checkpoint, const fs::path& folder) {
    std::error_code failed;
    if (checkpoint.kind() != Checkpoint::Kind::Gguf) {
        for (const char* name : kLicenses)
            if (fs::is_regular_file(checkpoint.path() / name, failed))
                HEARTH_TRY(copyFile(checkpoint.path() / name, folder / name));
        return {};
    }
    const std::string license = licenseOf(checkpoint);
    return license.empty()
               ? Result<void>()
               : writeText(folder / "README.md", "---\nlicense: " + license + "\n---\n");
}

} // namespace

Result<fs::path> tokenizerPathOf(const Checkpoint& checkpoint, const fs::path& given) {
    std::error_code failed;
    if (given.empty()) {
        if (checkpoint.kind() == Checkpoint::Kind::Gguf)
            return checkpoint.gguf().has("tokenizer.ggml.tokens") ? checkpoint.path() : fs::path();
        return hasTokenizer(checkpoint.path()) ? checkpoint.path() : fs::path();
    }
    if (!fs::exists(given, failed))
        return fileFailure(ErrorCode::NotFound, given.string(), "tokenizer-path",
                           "no such file or folder");
    if (fs::is_directory(given, failed) ? !hasTokenizer(given) : !isTokenizer(given))
        return fileFailure(ErrorCode::NotFound, given.string(), "tokenizer-path",
                           "is no tokenizer that we know (tokenizer.json, tokenizer.model, "
                           "*.tiktoken, vocab.txt or a GGUF file)");
    return given;
}

Result<void> copyTokenizerFiles(const Checkpoint& checkpoint, const fs::path& tokenizer,
                                const fs::path& folder) {
    std::error_code failed;
    if (!tokenizer.empty()) {
        if (fs::is_directory(tokenizer, failed)) {
            HEARTH_TRY(copyFromFolder(tokenizer, folder));
        } else if (tokenizer.extension() == ".gguf") {
            HEARTH_TRY(copyFromGguf(tokenizer, folder));
        } else {
            // Its companions lie beside it.
            HEARTH_TRY(copyFile(tokenizer, folder / tokenizer.filename()));
            for (const char* name : kCompanions)
                if (fs::exists(tokenizer.parent_path() / name, failed))
                    HEARTH_TRY(copyFile(tokenizer.parent_path() / name, folder / name));
        }
    }
    const fs::path generation = checkpoint.path() / kGeneration;
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        const nlohmann::json sampling = generationConfigOf(suggestedSampling(checkpoint));
        if (!sampling.empty())
            HEARTH_TRY(writeText(folder / kGeneration, sampling.dump(2) + "\n"));
    } else if (fs::exists(generation, failed)) {
        HEARTH_TRY(copyFile(generation, folder / kGeneration));
    }
    return keepLicense(checkpoint, folder);
}

} // namespace hearth
