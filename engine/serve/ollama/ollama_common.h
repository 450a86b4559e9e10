#pragma once

#include "hearth/model_pool.h"
#include "serve/api/api_error.h"
#include "serve/api/json_text.h"
#include "serve/ollama/ollama_duration.h"

#include <chrono>
#include <optional>
#include <string>

namespace hearth::serve {

/// The pool's name of what Ollama's clients call "name:latest".
[[nodiscard]] std::string ollamaPoolName(const ModelPool& pool, const std::string& name);
/// A model's name with a tag, as Ollama lists it.
[[nodiscard]] std::string ollamaName(const std::string& name);

[[nodiscard]] std::int64_t nanoseconds(double seconds);

/// {"error": "…"}
[[nodiscard]] std::string ollamaErrorBody(const ApiError& error);
[[nodiscard]] HttpResponse ollamaErrorResponse(const ApiError& error);
[[nodiscard]] HttpResponse ollamaResponse(const Json& body);

/// How long a model stays when its request is over.
void applyKeepAlive(ModelPool& pool, const std::string& model,
                    const std::optional<KeepAlive>& keepAlive);

} // namespace hearth::serve
