#include "serve/api/api_error.h"

#include "serve/api/json_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

constexpr std::size_t kErrorsInMessage = 3;
constexpr std::int32_t kRetrySeconds = 1;

ApiError named(int status, const char* type, const char* code, std::string message) {
    ApiError error;
    error.status = status;
    error.type = type;
    error.code = code;
    error.message = std::move(message);
    return error;
}

ApiError contextError(const Error& error) {
    ApiError result = named(400, "invalid_request_error", "context_length_exceeded", {});
    result.promptTokens = error.needed;
    result.contextTokens = error.available;
    result.param = "messages";
    result.message =
        fmt::format("This model's maximum context length is {} tokens, but the prompt has {} "
                    "tokens. Please shorten it.",
                    error.available.value_or(0), error.needed.value_or(0));
    return result;
}

ApiError invalidArgument(const Error& error) {
    ApiError result = named(400, "invalid_request_error", "invalid_value", error.detail);
    result.param = error.field;
    if (!error.field.empty())
        result.message = error.field + ": " + error.detail;
    return result;
}

Json locationJson(const std::vector<LocationPart>& location) {
    Json list = Json::array({"body"});
    for (const LocationPart& part : location) {
        if (const auto* name = std::get_if<std::string>(&part))
            list.push_back(*name);
        else
            list.push_back(std::get<std::size_t>(part));
    }
    return list;
}

Json orNull(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

const char* anthropicType(int status) {
    switch (status) {
    case 401:
        return "authentication_error";
    case 403:
        return "permission_error";
    case 404:
        return "not_found_error";
    case 413:
        return "request_too_large";
    case 429:
        return "rate_limit_error";
    case 503:
        return "overloaded_error";
    default:
        return status >= 500 ? "api_error" : "invalid_request_error";
    }
}

} // namespace

ApiError badRequest(std::string param, std::string message, std::string code) {
    ApiError error = named(400, "invalid_request_error", "", std::move(message));
    error.param = std::move(param);
    error.code = std::move(code);
    return error;
}

ApiError notFound(std::string message, std::string code) {
    ApiError error = named(404, "invalid_request_error", "", std::move(message));
    error.code = std::move(code);
    return error;
}

ApiError unprocessable(std::vector<FieldError> fields) {
    ApiError error = named(422, "invalid_request_error", "invalid_value", {});
    const std::size_t shown = std::min(fields.size(), kErrorsInMessage);
    for (std::size_t i = 0; i < shown; ++i)
        error.message += fmt::format("{}{}: {}", i == 0 ? "" : "; ",
                                     locationText(fields[i].location), fields[i].message);
    if (fields.size() > shown)
        error.message += fmt::format("; and {} more", fields.size() - shown);
    if (!fields.empty())
        error.param = locationText(fields.front().location);
    error.fields = std::move(fields);
    return error;
}

ApiError apiError(const Error& error, const std::string& model) {
    switch (error.code) {
    case ErrorCode::InvalidArgument:
        return invalidArgument(error);
    case ErrorCode::NotFound: {
        ApiError result =
            notFound(fmt::format("The model `{}` does not exist.", model), "model_not_found");
        result.param = "model";
        if (error.path.empty() && !error.detail.empty()) // of a pool, which lists its models
            result.message += " " + error.detail;
        return result;
    }
    case ErrorCode::ContextExceeded:
        return contextError(error);
    case ErrorCode::CacheExceeded:
        return named(400, "invalid_request_error", "context_length_exceeded",
                     "The request needs more memory for keys and values than the server has.");
    case ErrorCode::TemplateFailed:
        return named(400, "invalid_request_error", "invalid_messages",
                     "The model's chat template cannot take these messages: " + error.detail);
    case ErrorCode::Unsupported:
        return named(400, "invalid_request_error", "unsupported",
                     fmt::format("Not supported: {}: {}.", error.field, error.detail));
    case ErrorCode::QueueFull: {
        ApiError result = named(429, "rate_limit_error", "queue_full",
                                "The server has as many requests as it takes; try again soon.");
        result.retryAfter = kRetrySeconds;
        return result;
    }
    case ErrorCode::Cancelled:
        return named(499, "cancelled", "cancelled", "The request was cancelled.");
    case ErrorCode::ShuttingDown: {
        ApiError result = named(503, "server_error", "model_unloaded",
                                "The model is being unloaded; try again soon.");
        result.retryAfter = kRetrySeconds;
        return result;
    }
    case ErrorCode::OutOfMemory: {
        ApiError result = named(503, "server_error", "out_of_memory",
                                fmt::format("There is no memory for the model `{}` now.", model));
        result.retryAfter = kRetrySeconds;
        return result;
    }
    case ErrorCode::DeviceLost:
        return named(503, "server_error", "device_lost",
                     "The GPU failed; the server has to be started again.");
    default:
        return named(500, "server_error", "internal_error",
                     fmt::format("The model `{}` could not answer: {}", model,
                                 error.path.empty() ? error.message() : error.detail));
    }
}

std::string openAiErrorBody(const ApiError& error) {
    Json object = {{"message", error.message},
                   {"type", error.type},
                   {"param", orNull(error.param)},
                   {"code", orNull(error.code)}};
    if (error.promptTokens)
        object["n_prompt_tokens"] = *error.promptTokens;
    if (error.contextTokens)
        object["n_ctx"] = *error.contextTokens;
    Json body = {{"error", std::move(object)}};
    if (!error.fields.empty()) {
        Json detail = Json::array();
        for (const FieldError& field : error.fields)
            detail.push_back({{"loc", locationJson(field.location)},
                              {"msg", field.message},
                              {"type", field.type}});
        body["detail"] = std::move(detail);
    }
    return jsonText(body);
}

std::string anthropicErrorBody(const ApiError& error) {
    return jsonText(
        {{"type", "error"},
         {"error", {{"type", anthropicType(error.status)}, {"message", error.message}}}});
}

HttpResponse errorResponse(const ApiError& error, std::string body) {
    HttpResponse response;
    response.status = error.status;
    response.body = std::move(body);
    if (error.retryAfter)
        response.headers.push_back({"retry-after", std::to_string(*error.retryAfter)});
    return response;
}

HttpResponse openAiErrorResponse(const ApiError& error) {
    return errorResponse(error, openAiErrorBody(error));
}

HttpResponse anthropicErrorResponse(const ApiError& error) {
    return errorResponse(error, anthropicErrorBody(error));
}

std::string locationText(const std::vector<LocationPart>& location) {
    std::string text;
    for (const LocationPart& part : location) {
        if (const auto* index = std::get_if<std::size_t>(&part))
            text += fmt::format("[{}]", *index);
        else
            text += (text.empty() ? "" : ".") + std::get<std::string>(part);
    }
    return text.empty() ? "body" : text;
}

} // namespace hearth::serve
