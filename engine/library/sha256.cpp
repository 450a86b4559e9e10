#include "library/sha256.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace hearth {

Result<std::string> sha256OfFile(const std::filesystem::path& path) {
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
    while (file) {
        file.read(buffer.data(), std::streamsize(buffer.size()));
        EVP_DigestUpdate(context.get(), buffer.data(), std::size_t(file.gcount()));
    }
    if (file.bad())
        return failure(ErrorCode::Io, "reading failed");
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &length);
    std::string hex;
    for (unsigned int i = 0; i < length; ++i)
        hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

} // namespace hearth
