#pragma once

#include "hearth/result.h"
#include "serve/http/exchange.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hearth::serve {

/// A step into a body: the name of a member, or the place in a list.
using LocationPart = std::variant<std::string, std::size_t>;

/// One field of a body that cannot be taken, worded as FastAPI does.
struct FieldError {
    std::vector<LocationPart> location; ///< Below the body.
    std::string message;                ///< "Input should be a valid string"
    std::string type;                   ///< "string_type"
};

/// Why a request gets no answer, before any API has given it its shape.
struct ApiError {
    int status = 500;
    std::string type = "server_error"; ///< As OpenAI names kinds: "invalid_request_error", …
    std::string code;                  ///< "context_length_exceeded", …; may be empty.
    std::string param;                 ///< "messages[0].content"; may be empty.
    std::string message;               ///< One English sentence.
    std::vector<FieldError> fields;    ///< Of a 422.
    std::optional<std::uint64_t> promptTokens; ///< Of context_length_exceeded, with the next.
    std::optional<std::uint64_t> contextTokens;
    std::optional<std::int32_t> retryAfter; ///< Seconds.
};

/// A value or why there is none.
template<typename T>
class [[nodiscard]] Outcome {
public:
    Outcome(T value)
        : m_state(std::in_place_index<0>, std::move(value)) {}
    Outcome(ApiError error)
        : m_state(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return m_state.index() == 0; }
    [[nodiscard]] T& operator*() & { return std::get<0>(m_state); }
    [[nodiscard]] const T& operator*() const& { return std::get<0>(m_state); }
    [[nodiscard]] T&& operator*() && { return std::get<0>(std::move(m_state)); }
    T* operator->() { return &std::get<0>(m_state); }
    const T* operator->() const { return &std::get<0>(m_state); }
    [[nodiscard]] ApiError& error() { return std::get<1>(m_state); }
    [[nodiscard]] const ApiError& error() const { return std::get<1>(m_state); }

private:
    std::variant<T, ApiError> m_state;
};

/// A 400 that names a field.
[[nodiscard]] ApiError badRequest(std::string param, std::string message, std::string code = {});
/// The 404 of a model or another thing that is not there; `code` as "model_not_found".
[[nodiscard]] ApiError notFound(std::string message, std::string code);
/// The 422 of fields that cannot be taken.
[[nodiscard]] ApiError unprocessable(std::vector<FieldError> fields);
/// What a client may know of an engine's or a pool's error: no paths of this machine. `model` is
/// what the request called it.
[[nodiscard]] ApiError apiError(const Error& error, const std::string& model);

/// {"error":{message,type,param,code}}, with "detail" as FastAPI's for a 422.
[[nodiscard]] std::string openAiErrorBody(const ApiError& error);
[[nodiscard]] HttpResponse openAiErrorResponse(const ApiError& error);
/// {"type":"error","error":{type,message}}
[[nodiscard]] std::string anthropicErrorBody(const ApiError& error);
[[nodiscard]] HttpResponse anthropicErrorResponse(const ApiError& error);
/// `body` with the error's status and headers, for APIs with other shapes.
[[nodiscard]] HttpResponse errorResponse(const ApiError& error, std::string body);

/// "messages[0].content"
[[nodiscard]] std::string locationText(const std::vector<LocationPart>& location);

} // namespace hearth::serve
