#pragma once

#include "hearth/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace hearth {

/// A digest as a type, so that no other text is ever taken for one.
class Sha256 {
public:
    /// From 64 hexadecimal digits in either case; nothing from anything else.
    static std::optional<Sha256> parse(std::string_view text);

    [[nodiscard]] const std::string& hex() const { return m_hex; } ///< In lower case.
    bool operator==(const Sha256&) const = default;

private:
    explicit Sha256(std::string hex) : m_hex(std::move(hex)) {}
    std::string m_hex;
};

/// Reads the whole file; `observer` gets the bytes so far. Errors: NotFound, Io, Cancelled.
Result<Sha256> sha256OfFile(const std::filesystem::path& path,
                            const std::function<void(std::uint64_t)>& observer = {},
                            const std::stop_token& stop = {});

/// The SHA-1 that Git names a file by ("blob SIZE\0" before its bytes), in 40 hexadecimal digits.
Result<std::string> gitBlobDigestOfFile(const std::filesystem::path& path);

} // namespace hearth
