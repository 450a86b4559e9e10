#pragma once

#include "serve/http/exchange.h"

#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// Why the server itself refuses a request or ends its answer, before an API has shaped it.
struct ServerError {
    int status = 500;
    std::string message; ///< One English sentence.
    std::string code;    ///< "queue_full", …; may be empty.
    std::vector<Header> headers; ///< Besides those of every answer: retry-after, allow, …
};

/// How the clients of an API read errors. Called on any thread.
struct ErrorDialect {
    /// The JSON of an answer that is nothing but the error.
    std::string (*body)(const ServerError& error);
    /// What ends a stream of the API that has begun, whole events or lines.
    std::string (*streamEnd)(const ServerError& error);
};

/// The dialect of the OpenAI API: {"error":{message,type,param,code}}; in a stream as an event
/// before "[DONE]". The type follows from the status; an empty code becomes null. Bytes that are
/// not UTF-8 are replaced.
[[nodiscard]] const ErrorDialect& openAiErrors();

/// The error as an answer of its status.
[[nodiscard]] HttpResponse errorAnswer(const ErrorDialect& dialect, const ServerError& error);
/// Likewise in the dialect of the OpenAI API.
[[nodiscard]] HttpResponse httpError(int status, std::string_view message,
                                     std::string_view code = {});

/// "invalid_request_error", "authentication_error", …: what the OpenAI API calls this status.
[[nodiscard]] std::string_view httpErrorType(int status);

} // namespace hearth::serve
