#include "serve/tgi/tgi_error.h"

#include "serve/api/json_text.h"

#include <utility>

namespace hearth::serve {

ApiError asTgiError(ApiError error) {
    switch (error.status) {
    case 400:
    case 422:
        error.status = 422;
        error.type = "validation";
        error.message = "Input validation error: " + error.message;
        return error;
    case 404:
        error.type = "validation";
        return error;
    case 429:
    case 503:
        error.type = "overloaded";
        return error;
    default:
        error.status = 424;
        error.type = "generation";
        error.message = "Request failed during generation: " + error.message;
        return error;
    }
}

std::string tgiErrorBody(const ApiError& error) {
    return jsonText({{"error", error.message}, {"error_type", error.type}});
}

HttpResponse tgiErrorResponse(const ApiError& error) {
    const ApiError shaped = asTgiError(error);
    return errorResponse(shaped, tgiErrorBody(shaped));
}

std::string tgiErrorBody(const ServerError& error) {
    const bool refused = error.status == 401 || error.status == 403;
    const bool overloaded = error.status == 429 || error.status == 503;
    const char* type = refused               ? "authentication"
                       : overloaded          ? "overloaded"
                       : error.status >= 500 ? "generation"
                                             : "validation";
    return jsonText({{"error", error.message}, {"error_type", type}});
}

} // namespace hearth::serve
