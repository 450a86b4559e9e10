#pragma once

#include "hearth/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace hearth {

/// A failure that names the file, the field and, where known, the byte.
[[nodiscard]] inline Failure fileFailure(ErrorCode code, std::string path, std::string field,
                                         std::string detail,
                                         std::optional<std::uint64_t> offset = {}) {
    Error error;
    error.code = code;
    error.path = std::move(path);
    error.field = std::move(field);
    error.detail = std::move(detail);
    error.offset = offset;
    return fail(std::move(error));
}

} // namespace hearth
