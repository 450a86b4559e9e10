#include "text/open_tokenizer.h"

#include "formats/gguf.h"
#include "formats/mapped_file.h"
#include "text/gguf_tokenizer.h"
#include "text/legacy_tokenizer.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/tiktoken_tokenizer.h"
#include "text/tokenizer_json.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace hearth {

namespace {

namespace fs = std::filesystem;

Failure notFound(const fs::path& path, std::string detail) {
    Error error;
    error.code = ErrorCode::NotFound;
    error.path = path.string();
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Result<std::unique_ptr<Tokenizer>> openGguf(const fs::path& path) {
    HEARTH_TRY_ASSIGN(const GgufFile file, GgufFile::open(path));
    return readGgufTokenizer(file);
}

fs::path firstGguf(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".gguf")
            files.push_back(entry->path());
    }
    const auto first = std::min_element(files.begin(), files.end());
    return first == files.end() ? fs::path() : *first;
}

/// sentencepiece and tiktoken share the name tokenizer.model.
Result<std::unique_ptr<Tokenizer>> openModel(const fs::path& path) {
    HEARTH_TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()),
                                 file.bytes().size());
    return looksLikeTiktoken(bytes) ? readTiktoken(path) : readSentencePiece(path);
}

Result<std::unique_ptr<Tokenizer>> openFolder(const fs::path& folder) {
    const auto has = [&](const char* name) {
        std::error_code ignored;
        return fs::exists(folder / name, ignored);
    };
    fs::path model;
    for (const char* name :
         {"spiece.model", "qwen.tiktoken", "tiktoken.model", "tokenizer.model"}) {
        if (has(name))
            model = folder / name;
    }
    if (has("tokenizer.json")) {
        auto tokenizer = readTokenizerJson(folder / "tokenizer.json");
        if (tokenizer || tokenizer.error().code != ErrorCode::Unsupported || model.empty())
            return tokenizer;
    }
    if (!model.empty())
        return openModel(model);
    if (has("vocab.json") && has("merges.txt"))
        return readVocabularyAndMerges(folder);
    if (has("vocab.txt"))
        return readVocabularyText(folder / "vocab.txt");
    if (const fs::path gguf = firstGguf(folder); !gguf.empty())
        return openGguf(gguf);
    return notFound(folder, "no tokenizer.json, tokenizer.model, qwen.tiktoken, vocab.txt, "
                            "vocab.json with merges.txt, or GGUF file");
}

} // namespace

Result<std::unique_ptr<Tokenizer>> openTokenizer(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        return openFolder(path);
    if (!fs::exists(path, ignored))
        return notFound(path, {});
    if (path.extension() == ".gguf")
        return openGguf(path);
    if (path.extension() == ".model" || path.extension() == ".tiktoken")
        return openModel(path);
    if (path.extension() == ".txt")
        return readVocabularyText(path);
    return readTokenizerJson(path);
}

} // namespace hearth
