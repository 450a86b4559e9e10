#pragma once

#include "hearth/result.h"

#include <string>
#include <utility>

namespace hearth {

/// An error of a field, option or name.
[[nodiscard]] inline Failure fieldFailure(ErrorCode code, std::string field,
                                          std::string detail = {}) {
    Error error;
    error.code = code;
    error.field = std::move(field);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

/// Of a value that is not allowed.
[[nodiscard]] inline Failure invalidArgument(std::string field, std::string detail) {
    return fieldFailure(ErrorCode::InvalidArgument, std::move(field), std::move(detail));
}

} // namespace hearth
