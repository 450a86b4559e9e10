#include "serve/http/printable.h"

#include "text/utf8.h"

#include <fmt/format.h>

namespace hearth::serve {

namespace {

bool steers(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
           point == 0x200E || point == 0x200F;
}

} // namespace

std::string printable(std::string_view text, std::size_t bytes) {
    std::string clean;
    text = text.substr(0, bytes);
    while (!text.empty()) {
        const utf8::Sequence sequence = utf8::next(text);
        if (sequence.state != utf8::SequenceState::Valid)
            clean += utf8::kReplacement;
        else if (steers(sequence.codePoint))
            clean += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(sequence.codePoint));
        else
            clean += text.substr(0, sequence.length);
        text.remove_prefix(sequence.length);
    }
    return clean;
}

} // namespace hearth::serve
