#include "library/sha256.h"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace hearth {

namespace {

constexpr std::size_t kHexDigits = 64;

} // namespace

std::optional<Sha256> Sha256::parse(std::string_view text) {
    if (text.size() != kHexDigits)
        return std::nullopt;
    std::string hex;
    for (const char digit : text) {
        const auto byte = static_cast<unsigned char>(digit);
        if (std::isxdigit(byte) == 0)
            return std::nullopt;
        hex += static_cast<char>(std::tolower(byte));
    }
    return Sha256(std::move(hex));
}

namespace {

Failure hashFailure(const std::filesystem::path& path, ErrorCode code, std::string detail) {
    Error error;
    error.code = code;
    error.path = path.string();
    error.detail = std::move(detail);
    return fail(std::move(error));
}

/// The digest of `prefix` and the file behind it, in hexadecimal digits.
Result<std::string> hexDigest(const EVP_MD* kind, const std::string& prefix,
                              const std::filesystem::path& path,
                              const std::function<void(std::uint64_t)>& observer,
                              const std::stop_token& stop) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return hashFailure(path, ErrorCode::NotFound, std::strerror(errno));
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    if (!context || EVP_DigestInit_ex(context.get(), kind, nullptr) != 1)
        return hashFailure(path, ErrorCode::Internal, "the digest is not available");
    EVP_DigestUpdate(context.get(), prefix.data(), prefix.size());
    std::vector<char> buffer(1 << 20);
    std::uint64_t done = 0;
    while (file) {
        if (stop.stop_requested())
            return hashFailure(path, ErrorCode::Cancelled, {});
        file.read(buffer.data(), std::streamsize(buffer.size()));
        EVP_DigestUpdate(context.get(), buffer.data(), std::size_t(file.gcount()));
        done += std::uint64_t(file.gcount());
        if (observer)
            observer(done);
    }
    if (file.bad())
        return hashFailure(path, ErrorCode::Io, "reading failed");
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &length);
    std::string hex;
    for (unsigned int i = 0; i < length; ++i)
        hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

} // namespace

Result<Sha256> sha256OfFile(const std::filesystem::path& path,
                            const std::function<void(std::uint64_t)>& observer,
                            const std::stop_token& stop) {
    HEARTH_TRY_ASSIGN(const std::string hex, hexDigest(EVP_sha256(), {}, path, observer, stop));
    const std::optional<Sha256> parsed = Sha256::parse(hex);
    return parsed ? Result<Sha256>(*parsed)
                  : hashFailure(path, ErrorCode::Internal, "SHA-256 failed");
}

Result<std::string> gitBlobDigestOfFile(const std::filesystem::path& path) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    if (error)
        return hashFailure(path, ErrorCode::Io, error.message());
    const std::string prefix = "blob " + std::to_string(bytes) + std::string(1, '\0');
    return hexDigest(EVP_sha1(), prefix, path, {}, {});
}

} // namespace hearth
