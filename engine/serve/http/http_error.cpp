#include "serve/http/http_error.h"

#include <nlohmann/json.hpp>

namespace hearth::serve {

namespace {

std::string openAiBody(const ServerError& error) {
    using Json = nlohmann::ordered_json;
    const Json document{{"error",
                         {{"message", error.message},
                          {"type", std::string(httpErrorType(error.status))},
                          {"param", nullptr},
                          {"code", error.code.empty() ? Json() : Json(error.code)}}}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

std::string_view httpErrorType(int status) {
    switch (status) {
    case 401:
        return "authentication_error";
    case 403:
        return "permission_error";
    case 404:
        return "not_found_error";
    case 429:
        return "rate_limit_error";
    case 503:
        return "service_unavailable_error";
    default:
        return status >= 500 ? "server_error" : "invalid_request_error";
    }
}

HttpResponse errorAnswer(const ErrorDialect& dialect, const ServerError& error) {
    HttpResponse response;
    response.status = error.status;
    response.body = dialect.body(error);
    response.headers = error.headers;
    return response;
}

const ErrorDialect& openAiErrors() {
    static constexpr ErrorDialect kDialect{
        openAiBody,
        [](const ServerError& error) {
            return "data: " + openAiBody(error) + "\n\ndata: [DONE]\n\n";
        },
    };
    return kDialect;
}

HttpResponse httpError(int status, std::string_view message, std::string_view code) {
    return errorAnswer(openAiErrors(), {status, std::string(message), std::string(code), {}});
}

} // namespace hearth::serve
