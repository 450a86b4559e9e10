#pragma once

#include "serve/http/exchange.h"

#include <string>
#include <string_view>

namespace hearth::serve {

/// The error object of the OpenAI API, {"error":{message,type,param,code}}, as an answer of this
/// status. The type follows from the status; an empty code or param becomes null. Bytes that are
/// not UTF-8 are replaced.
[[nodiscard]] HttpResponse httpError(int status, std::string_view message,
                                     std::string_view code = {}, std::string_view param = {});

/// "invalid_request_error", "authentication_error", …: what the OpenAI API calls this status.
[[nodiscard]] std::string_view httpErrorType(int status);

} // namespace hearth::serve
