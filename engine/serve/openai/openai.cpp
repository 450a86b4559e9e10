#include "serve/openai/handlers.h"

#include "serve/api/json_text.h"

namespace hearth::serve {

namespace {

/// The responses API has an event for it.
std::string endResponse(const ServerError& error) {
    return "event: error\ndata: " +
           jsonText({{"type", "error"},
                     {"code", error.code},
                     {"message", error.message},
                     {"param", nullptr}}) +
           "\n\n";
}

} // namespace

void addOpenAi(Router& router, const std::shared_ptr<Context>& context) {
    router.speakAt("/v1/responses", {openAiErrors().body, endResponse});
    addModels(router, context);
    addChat(router, context);
    addCompletions(router, context);
    addEmbeddings(router, context);
    addResponses(router, context);
}

} // namespace hearth::serve
