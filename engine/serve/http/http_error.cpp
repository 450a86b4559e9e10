#include "serve/http/http_error.h"

#include <nlohmann/json.hpp>

namespace hearth::serve {

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

HttpResponse httpError(int status, std::string_view message, std::string_view code,
                       std::string_view param) {
    using Json = nlohmann::ordered_json;
    const auto textOrNull = [](std::string_view text) {
        return text.empty() ? Json() : Json(std::string(text));
    };
    const Json document{{"error",
                         {{"message", std::string(message)},
                          {"type", std::string(httpErrorType(status))},
                          {"param", textOrNull(param)},
                          {"code", textOrNull(code)}}}};
    HttpResponse response;
    response.status = status;
    response.body = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
}

} // namespace hearth::serve
