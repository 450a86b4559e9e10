#include "library/content_digest.h"

#include "library/sha256.h"

#include <algorithm>
#include <cctype>

namespace hearth {

namespace {

constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kSha1Digits = 40;

} // namespace

std::optional<ContentDigest> ContentDigest::parse(std::string_view text) {
    const auto isDigit = [](unsigned char c) { return std::isxdigit(c) != 0; };
    if ((text.size() != kSha256Digits && text.size() != kSha1Digits) ||
        !std::all_of(text.begin(), text.end(), isDigit))
        return std::nullopt;
    std::string hex(text);
    std::transform(hex.begin(), hex.end(), hex.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ContentDigest(std::move(hex));
}

Result<ContentDigest>
ContentDigest::ofFile(const std::filesystem::path& path,
                      const std::function<void(std::uint64_t)>& observer,
                      const std::stop_token& stop) const {
    if (m_hex.size() == kSha1Digits) {
        HEARTH_TRY_ASSIGN(std::string hex, gitBlobDigestOfFile(path));
        return ContentDigest(std::move(hex));
    }
    HEARTH_TRY_ASSIGN(const Sha256 digest, sha256OfFile(path, observer, stop));
    return ContentDigest(digest.hex());
}

} // namespace hearth
