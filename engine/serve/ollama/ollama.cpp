#include "serve/ollama/handlers.h"

namespace hearth::serve {

void addOllama(Router& router, const std::shared_ptr<Context>& context) {
    addOllamaGeneration(router, context);
    addOllamaModels(router, context);
    addOllamaEmbeddings(router, context);
}

} // namespace hearth::serve
