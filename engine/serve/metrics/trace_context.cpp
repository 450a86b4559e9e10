#include "serve/metrics/trace_context.h"

#include <algorithm>

namespace hearth::serve {

namespace {

bool isHex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

bool isId(std::string_view text) {
    return isHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

} // namespace

std::optional<TraceContext> parseTraceParent(std::string_view text) {
    // 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01; later versions may add a tail
    constexpr std::size_t kLength = 55;
    if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    const std::string_view version = text.substr(0, 2);
    const std::string_view flags = text.substr(53, 2);
    if (!isHex(version) || version == "ff" || !isHex(flags))
        return std::nullopt;
    if (text.size() > kLength && (version == "00" || text[kLength] != '-'))
        return std::nullopt;
    TraceContext context;
    context.traceId = text.substr(3, 32);
    context.parentSpan = text.substr(36, 16);
    if (!isId(context.traceId) || !isId(context.parentSpan))
        return std::nullopt;
    constexpr std::string_view kOddDigits = "13579bdf";
    context.sampled = kOddDigits.find(flags[1]) != std::string_view::npos;
    return context;
}

} // namespace hearth::serve
