#include "serve/ollama/ollama_common.h"

#include <algorithm>
#include <cmath>

namespace hearth::serve {

namespace {

constexpr std::string_view kLatest = ":latest";

} // namespace

std::string ollamaPoolName(const ModelPool& pool, const std::string& name) {
    if (name.empty() || pool.find(name) || !name.ends_with(kLatest))
        return name;
    const std::string bare = name.substr(0, name.size() - kLatest.size());
    return !bare.empty() && pool.find(bare) ? bare : name;
}

std::string ollamaName(const std::string& name) {
    return name.find(':') == std::string::npos ? name + std::string(kLatest) : name;
}

std::int64_t nanoseconds(double seconds) {
    return std::llround(std::max(seconds, 0.0) * 1e9);
}

std::string ollamaErrorBody(const ApiError& error) {
    return jsonText({{"error", error.message}});
}

HttpResponse ollamaErrorResponse(const ApiError& error) {
    ApiError shaped = error;
    if (shaped.status == 422)
        shaped.status = 400; // as Ollama says it
    return errorResponse(shaped, ollamaErrorBody(shaped));
}

HttpResponse ollamaResponse(const Json& body) {
    HttpResponse response = jsonResponse(body);
    response.contentType = "application/json; charset=utf-8";
    return response;
}

void applyKeepAlive(ModelPool& pool, const std::string& model,
                    const std::optional<KeepAlive>& keepAlive) {
    if (!keepAlive)
        return;
    // A model of the window's stays as the window wants it: the pool's answer matters to nobody.
    if (keepAlive->unloads())
        static_cast<void>(pool.unload(model));
    else
        static_cast<void>(pool.keepFor(model, keepAlive->idleTime()));
}

} // namespace hearth::serve
