#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace hearth::serve {

/// The target of a request line, taken apart and percent-decoded.
struct RequestTarget {
    int status = 0; ///< 0 if it is well-formed, else what to answer: 400, or 404 for a path that
                    ///< decodes to NUL bytes or invalid UTF-8 and so can name nothing.
    std::string path; ///< Without a slash at its end, which means nothing; "/" alone has one.
    std::map<std::string, std::string, std::less<>> query; ///< The first of a name counts.
};

/// Takes "/path?a=b" (RFC 9112 §3.2.1). Dot segments are left as they are: they mean nothing here.
[[nodiscard]] RequestTarget parseTarget(std::string_view target);

} // namespace hearth::serve
