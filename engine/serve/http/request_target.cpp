#include "serve/http/request_target.h"

#include "text/utf8.h"

#include <optional>
#include <utility>

namespace hearth::serve {

namespace {

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum class Plus : bool { Literal, Space };

std::optional<std::string> decode(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size() || hexDigit(text[i + 1]) < 0 || hexDigit(text[i + 2]) < 0)
                return std::nullopt;
            decoded += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
            i += 2;
        } else {
            decoded += plus == Plus::Space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

bool isText(std::string_view text) {
    return text.find('\0') == std::string_view::npos && utf8::isValid(text);
}

RequestTarget refused(int status) {
    RequestTarget target;
    target.status = status;
    return target;
}

} // namespace

RequestTarget parseTarget(std::string_view target) {
    if (!target.starts_with('/'))
        return refused(400);
    target = target.substr(0, target.find('#'));
    const std::size_t mark = target.find('?');
    std::string_view written = target.substr(0, mark);
    if (written.size() > 1 && written.ends_with('/'))
        written.remove_suffix(1);
    std::optional<std::string> path = decode(written, Plus::Literal);
    if (!path)
        return refused(400);
    if (!isText(*path))
        return refused(404);
    RequestTarget parsed;
    parsed.path = *std::move(path);
    std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
        const std::size_t equals = pair.find('=');
        const std::string_view text =
            equals == std::string_view::npos ? "" : pair.substr(equals + 1);
        std::optional<std::string> name = decode(pair.substr(0, equals), Plus::Space);
        std::optional<std::string> value = decode(text, Plus::Space);
        if (!name || !value || !isText(*name) || !isText(*value))
            return refused(400);
        if (!name->empty())
            parsed.query.emplace(*std::move(name), *std::move(value));
    }
    return parsed;
}

} // namespace hearth::serve
