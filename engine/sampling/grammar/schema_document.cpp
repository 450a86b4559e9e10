#include "sampling/grammar/schema_document.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace hearth::grammar {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxPointerDepth = 64;
constexpr std::size_t kMaxMembers = 4096;

/// Why a text is too much to be parsed; its brackets and commas are counted before.
std::optional<const char*> excess(std::string_view text) {
    if (text.size() > kMaxBytes)
        return "it is longer than a megabyte";
    std::vector<std::size_t> members;
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
            members.push_back(1);
            if (members.size() > kMaxPointerDepth)
                return "it is nested deeper than 64 levels";
        } else if ((c == '}' || c == ']') && !members.empty()) {
            members.pop_back();
        } else if (c == ',' && !members.empty() && ++members.back() > kMaxMembers) {
            return "an object or array has more than 4096 members";
        }
    }
    return std::nullopt;
}

/// %41 → A, as URIs write pointers.
std::string unescapedUri(std::string_view text) {
    const auto digit = [](char c) {
        const auto at = std::string_view("0123456789abcdef").find(char(c | 0x20));
        return at == std::string_view::npos ? -1 : int(at);
    };
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
            digit(text[i + 2]) >= 0) {
            result += char(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

const Json* anchored(const Json& root, const std::string& name) {
    for (const char* const key : {"$defs", "definitions"}) {
        const auto group = root.find(key);
        if (group == root.end() || !group->is_object())
            continue;
        for (const Json& schema : *group)
            if (schema.is_object() && schema.contains("$anchor") && schema["$anchor"] == name)
                return &schema;
    }
    return nullptr;
}

} // namespace

Failure schemaFailure(ErrorCode code, const std::string& place, std::string detail) {
    Error error;
    error.code = code;
    error.field = "#" + place;
    error.detail = std::move(detail);
    return fail(std::move(error));
}

std::string below(const std::string& place, std::string_view key) {
    std::string result = place + "/";
    for (const char c : key)
        result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return result;
}

Result<SchemaDocument> SchemaDocument::parse(std::string_view text) {
    if (const auto what = excess(text))
        return schemaFailure(ErrorCode::Unsupported, "", *what);
    SchemaDocument document;
    try {
        document.m_root = Json::parse(text);
    } catch (const Json::parse_error& error) {
        return schemaFailure(
            ErrorCode::InvalidArgument, "",
            fmt::format("the schema is not JSON: a syntax error at offset {}",
                        error.byte > 0 ? error.byte - 1 : 0));
    } catch (const Json::exception&) {
        return schemaFailure(ErrorCode::InvalidArgument, "",
                             "the schema is not JSON: a number is out of range");
    }
    return document;
}

Result<PlacedSchema> SchemaDocument::resolve(const std::string& reference,
                                             const std::string& place) const {
    std::string_view rest = reference;
    if (m_root.is_object() && m_root.contains("$id") && m_root["$id"].is_string()) {
        const auto& id = m_root["$id"].get_ref<const std::string&>();
        if (rest.starts_with(id) && (rest.size() == id.size() || rest[id.size()] == '#'))
            rest.remove_prefix(id.size());
    }
    if (!rest.empty() && rest.front() != '#')
        return schemaFailure(ErrorCode::Unsupported, below(place, "$ref"),
                             "a reference to another document");
    const std::string pointer = rest.empty() ? "" : unescapedUri(rest.substr(1));
    const auto missing = [&] {
        return schemaFailure(ErrorCode::InvalidArgument, below(place, "$ref"),
                             fmt::format("there is no {}", reference));
    };
    if (!pointer.empty() && pointer.front() != '/') {
        const Json* const found = anchored(m_root, pointer);
        if (found == nullptr)
            return missing();
        return PlacedSchema{found, "/$anchor/" + pointer};
    }
    try {
        const Json::json_pointer parsed(pointer);
        if (!m_root.contains(parsed))
            return missing();
        return PlacedSchema{&m_root.at(parsed), pointer};
    } catch (const Json::exception&) {
        return missing();
    }
}

} // namespace hearth::grammar
