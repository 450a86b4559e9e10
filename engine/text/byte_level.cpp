#include "text/byte_level.h"

#include "text/utf8.h"

#include <array>
#include <charconv>

namespace hearth {

namespace {

constexpr bool isPrintable(int byte) {
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) ||
           (byte >= 0xAE && byte <= 0xFF);
}

struct Alphabet {
    static constexpr std::size_t kCharacters = 256 + 68;
    std::array<char32_t, 256> characters{};
    std::array<int, kCharacters> bytes{}; ///< By character; -1: none.

    constexpr Alphabet() {
        bytes.fill(-1);
        char32_t next = 256;
        for (int byte = 0; byte < 256; ++byte) {
            const char32_t c = isPrintable(byte) ? static_cast<char32_t>(byte) : next++;
            characters[static_cast<std::size_t>(byte)] = c;
            bytes[c] = byte;
        }
    }
};

constexpr Alphabet kAlphabet;

} // namespace

char32_t byte_level::characterOf(unsigned char byte) {
    return kAlphabet.characters[byte];
}

std::string byte_level::textOf(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const char byte : bytes)
        utf8::append(text, characterOf(static_cast<unsigned char>(byte)));
    return text;
}

std::optional<std::string> byte_level::bytesOf(std::string_view token) {
    std::string bytes;
    while (!token.empty()) {
        const utf8::Sequence c = utf8::next(token);
        if (c.state != utf8::SequenceState::Valid || c.codePoint >= Alphabet::kCharacters ||
            kAlphabet.bytes[c.codePoint] < 0)
            return std::nullopt;
        bytes.push_back(static_cast<char>(kAlphabet.bytes[c.codePoint]));
        token.remove_prefix(c.length);
    }
    return bytes;
}

std::optional<unsigned char> byteOfToken(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>')
        return std::nullopt;
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
    if (error != std::errc() || end != token.data() + 5)
        return std::nullopt;
    return byte;
}

} // namespace hearth
