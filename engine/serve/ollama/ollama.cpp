#include "serve/ollama/handlers.h"

#include "serve/api/server_error.h"
#include "serve/ollama/ollama_common.h"

namespace hearth::serve {

namespace {

constexpr ErrorDialect kErrors{
    [](const ServerError& error) { return ollamaErrorBody(apiError(error)); },
    [](const ServerError& error) { return ollamaErrorBody(apiError(error)) + "\n"; },
};

} // namespace

void addOllama(Router& router, const std::shared_ptr<Context>& context) {
    router.speakAt("/api", kErrors);
    addOllamaGeneration(router, context);
    addOllamaModels(router, context);
    addOllamaEmbeddings(router, context);
}

} // namespace hearth::serve
