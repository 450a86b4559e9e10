#include "serve/api/json_text.h"

#include <array>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

ApiError syntaxError(std::string_view what, std::size_t offset) {
    return badRequest({}, fmt::format("The body is not usable JSON: {} at byte {}.", what, offset),
                      "invalid_json");
}

/// Counts what a document is made of, brackets and colons in strings apart. Knows nothing of
/// syntax: the parser finds those faults.
class BodyMeasure {
public:
    /// Why the document is too much, or null; `offset` is where.
    const char* take(std::string_view text, std::size_t& offset) {
        for (offset = 0; offset < text.size(); ++offset) {
            const char c = text[offset];
            if (c == '"') {
                offset = endOfString(text, offset);
                continue;
            }
            if (const char* problem = takeSign(c))
                return problem;
        }
        return nullptr;
    }

private:
    static std::size_t endOfString(std::string_view text, std::size_t at) {
        for (++at; at < text.size() && text[at] != '"'; ++at)
            if (text[at] == '\\')
                ++at;
        return at;
    }

    const char* takeSign(char c) {
        if (c == '{' || c == '[') {
            if (m_depth == kMaxBodyDepth)
                return "nested too deeply";
            m_members[m_depth++] = 0;
            ++m_values;
        } else if ((c == '}' || c == ']') && m_depth > 0) {
            --m_depth;
        } else if (c == ',') {
            ++m_values;
        } else if (c == ':' && m_depth > 0 && ++m_members[m_depth - 1] > kMaxBodyMembers) {
            return "an object of too many members";
        }
        return m_values > kMaxBodyValues ? "too many values" : nullptr;
    }

    std::array<std::size_t, kMaxBodyDepth> m_members{};
    std::size_t m_depth = 0;
    std::size_t m_values = 0;
};

} // namespace

Outcome<Json> parseBody(std::string_view text) {
    std::size_t offset = 0;
    if (const char* problem = BodyMeasure().take(text, offset))
        return syntaxError(problem, offset);
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        return syntaxError("a syntax error", error.byte > 0 ? error.byte - 1 : 0);
    } catch (const Json::out_of_range&) {
        return badRequest({}, "The body is not usable JSON: a number is out of range.",
                          "invalid_json");
    }
}

std::string jsonText(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

HttpResponse jsonResponse(const Json& value, int status) {
    HttpResponse response;
    response.status = status;
    response.body = jsonText(value);
    return response;
}

void appendJsonString(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20)
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
            else
                out += c;
        }
    }
    out += '"';
}

} // namespace hearth::serve
