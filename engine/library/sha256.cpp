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

Result<Sha256> sha256OfFile(const std::filesystem::path& path,
                            const std::function<void(std::uint64_t)>& observer,
                            const std::stop_token& stop) {
    const auto failure = [&](ErrorCode code, std::string detail) {
        Error error;
        error.code = code;
        error.path = path.string();
        error.detail = std::move(detail);
        return fail(std::move(error));
    };
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return failure(ErrorCode::NotFound, std::strerror(errno));
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
        return failure(ErrorCode::Internal, "SHA-256 is not available");
    std::vector<char> buffer(1 << 20);
    std::uint64_t done = 0;
    while (file) {
        if (stop.stop_requested())
            return failure(ErrorCode::Cancelled, {});
        file.read(buffer.data(), std::streamsize(buffer.size()));
        EVP_DigestUpdate(context.get(), buffer.data(), std::size_t(file.gcount()));
        done += std::uint64_t(file.gcount());
        if (observer)
            observer(done);
    }
    if (file.bad())
        return failure(ErrorCode::Io, "reading failed");
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &length);
    std::string hex;
    for (unsigned int i = 0; i < length; ++i)
        hex += fmt::format("{:02x}", digest[i]);
    const std::optional<Sha256> parsed = Sha256::parse(hex);
    return parsed ? Result<Sha256>(*parsed) : failure(ErrorCode::Internal, "SHA-256 failed");
}

} // namespace hearth
