#include "text/utf8.h"

namespace hearth::utf8 {

void append(std::string& text, char32_t codePoint) {
    const auto tail = [&](int shift) {
        text.push_back(static_cast<char>(0x80 | ((codePoint >> shift) & 0x3F)));
    };
    if (codePoint < 0x80) {
        text.push_back(static_cast<char>(codePoint));
    } else if (codePoint < 0x800) {
        text.push_back(static_cast<char>(0xC0 | (codePoint >> 6)));
        tail(0);
    } else if (codePoint < 0x10000) {
        text.push_back(static_cast<char>(0xE0 | (codePoint >> 12)));
        tail(6);
        tail(0);
    } else {
        text.push_back(static_cast<char>(0xF0 | (codePoint >> 18)));
        tail(12);
        tail(6);
        tail(0);
    }
}

bool isValid(std::string_view text) {
    while (!text.empty()) {
        const Sequence sequence = next(text);
        if (sequence.state != SequenceState::Valid)
            return false;
        text.remove_prefix(sequence.length);
    }
    return true;
}

std::string sanitized(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const Sequence sequence = next(text);
        if (sequence.state == SequenceState::Valid)
            clean.append(text.substr(0, sequence.length));
        else
            clean.append(kReplacement);
        text.remove_prefix(sequence.length);
    }
    return clean;
}

} // namespace hearth::utf8
