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

/// What a hub says of a file's content: the SHA-256 of a large one, the SHA-1 of Git's blob of a
/// small one.
class ContentDigest {
public:
    /// From 64 or 40 hexadecimal digits; nothing from anything else.
    static std::optional<ContentDigest> parse(std::string_view text);

    [[nodiscard]] const std::string& hex() const { return m_hex; } ///< In lower case.
    /// Of the same kind as this one. Errors: NotFound, Io, Cancelled.
    [[nodiscard]] Result<ContentDigest> ofFile(const std::filesystem::path& path,
                                               const std::function<void(std::uint64_t)>& observer,
                                               const std::stop_token& stop) const;
    bool operator==(const ContentDigest&) const = default;

private:
    explicit ContentDigest(std::string hex) : m_hex(std::move(hex)) {}
    std::string m_hex;
};

} // namespace hearth
