#include "serve/http/exchange.h"

namespace hearth::serve {

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
    for (const Header& header : headers)
        if (header.name == name)
            return header.value;
    return std::nullopt;
}

} // namespace hearth::serve
