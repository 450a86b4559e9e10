#include "formats/json_file.h"

#include "formats/format_error.h"
#include "formats/mapped_file.h"

#include <fmt/format.h>

namespace hearth {

namespace {

/// Position of the bracket that nests too deep, or npos. Brackets in strings don't count.
std::size_t tooDeepAt(std::string_view text) {
    int depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxJsonDepth)
                return i;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return std::string_view::npos;
}

} // namespace

Result<nlohmann::json> parseJson(std::string_view text, const std::string& source) {
    if (const std::size_t at = tooDeepAt(text); at != std::string_view::npos)
        return fileFailure(ErrorCode::Corrupt, source, "JSON",
                           fmt::format("nested deeper than {} levels", kMaxJsonDepth), at);
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        // The library's own text would quote the file at any length.
        return fileFailure(ErrorCode::Corrupt, source, "JSON", "syntax error",
                           error.byte > 0 ? error.byte - 1 : 0);
    } catch (const nlohmann::json::out_of_range&) {
        return fileFailure(ErrorCode::Corrupt, source, "JSON", "a number is out of range");
    }
}

Result<nlohmann::json> readJson(const std::filesystem::path& path, std::uint64_t maxBytes) {
    HEARTH_TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    if (file.bytes().size() > maxBytes)
        return fileFailure(
            ErrorCode::Corrupt, file.path(), "JSON",
            fmt::format("{} bytes; at most {} are allowed here", file.bytes().size(), maxBytes));
    const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                                file.bytes().size());
    return parseJson(text, file.path());
}

} // namespace hearth
