#include "text/open_tokenizer.h"

#include "formats/gguf.h"
#include "text/gguf_tokenizer.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/tokenizer_json.h"

#include <algorithm>
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

Result<std::unique_ptr<Tokenizer>> openFolder(const fs::path& folder) {
    std::error_code ignored;
    fs::path model;
    for (const char* name : {"spiece.model", "tokenizer.model"}) {
        if (fs::exists(folder / name, ignored))
            model = folder / name;
    }
    if (fs::exists(folder / "tokenizer.json", ignored)) {
        auto tokenizer = readTokenizerJson(folder / "tokenizer.json");
        if (tokenizer || tokenizer.error().code != ErrorCode::Unsupported || model.empty())
            return tokenizer;
    }
    if (!model.empty())
        return readSentencePiece(model);
    if (const fs::path gguf = firstGguf(folder); !gguf.empty())
        return openGguf(gguf);
    return notFound(folder, "no tokenizer.json, tokenizer.model or GGUF file");
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
    if (path.extension() == ".model")
        return readSentencePiece(path);
    return readTokenizerJson(path);
}

} // namespace hearth
