#include "serve/openai/handlers.h"

namespace hearth::serve {

void addOpenAi(Router& router, const std::shared_ptr<Context>& context) {
    addModels(router, context);
    addChat(router, context);
    addCompletions(router, context);
    addEmbeddings(router, context);
    addResponses(router, context);
}

} // namespace hearth::serve
