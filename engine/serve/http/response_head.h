#pragma once

#include "serve/http/exchange.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

enum class HttpVersion : std::uint8_t { Http10, Http11 };

/// How the body of an answer ends.
enum class BodyFraming : std::uint8_t {
    None,    ///< There is none and can be none: 204, 304.
    Length,  ///< content-length.
    Chunked, ///< RFC 9112 §7.1.
    Close,   ///< With the connection: HTTP/1.0 streams.
};

struct ResponseHead {
    HttpVersion version = HttpVersion::Http11;
    int status = 200;
    std::string_view contentType; ///< Empty: none.
    BodyFraming framing = BodyFraming::Length;
    std::size_t length = 0;
    bool keepAlive = true;
};

/// Status line and headers, the empty line included. Headers whose name or value could break out
/// of their line are left out.
[[nodiscard]] std::string responseHead(const ResponseHead& head, const std::vector<Header>& common,
                                       const std::vector<Header>& own);

/// "Not Found" of 404; "Unknown" where RFC 9110 has none.
[[nodiscard]] std::string_view reasonPhrase(int status);

} // namespace hearth::serve
