#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::serve {

/// The caller's span (W3C Trace Context, "traceparent").
struct TraceContext {
    std::string traceId;    ///< 32 hexadecimal digits.
    std::string parentSpan; ///< 16 hexadecimal digits.
    bool sampled = true;
};

/// Nothing unless it is well-formed.
[[nodiscard]] std::optional<TraceContext> parseTraceParent(std::string_view text);

} // namespace hearth::serve
