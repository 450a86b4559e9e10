#include "serve/api/completion_prompts.h"
#include "serve/api/generation.h"
#include "serve/api/routes.h"
#include "serve/api/sampling_fields.h"
#include "serve/api/turn.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/ollama_common.h"
#include "serve/ollama/ollama_form.h"
#include "serve/ollama/ollama_writer.h"

#include <utility>

namespace hearth::serve {

namespace {

ChatPrompt chatOf(const OllamaBody& body) {
    ChatPrompt chat;
    chat.messages = body.messages;
    if (!body.system.empty())
        chat.messages.push_back({"system", body.system, {}});
    if (!body.prompt.empty())
        chat.messages.push_back({"user", body.prompt, {}});
    if (chat.messages.back().role == "assistant") { // is gone on from
        chat.replyPrefix = std::move(chat.messages.back().content);
        chat.messages.pop_back();
    }
    if (body.think)
        chat.variablesJson = jsonText({{"enable_thinking", *body.think}});
    return chat;
}

/// Tokens that go on from an answer before.
Outcome<Prompt> continued(const OllamaBody& body, const Engine& engine) {
    const auto turn = turnTokens(engine, body.context, {body.prompt, {}});
    if (!turn)
        return apiError(turn.error(), body.model);
    TokenPrompt prompt{body.context, true};
    prompt.tokens.insert(prompt.tokens.end(), turn->begin(), turn->end());
    return Prompt(std::move(prompt));
}

Outcome<Prompt> promptOf(const OllamaBody& body, const Engine& engine) {
    if (!body.suffix.empty())
        return infillPrompt(TextPrompt{body.prompt, false, true}, body.suffix, engine);
    if (body.raw)
        return Prompt(TextPrompt{body.prompt, true, true});
    if (!body.context.empty())
        return continued(body, engine);
    return Prompt(chatOf(body));
}

Outcome<GenerationPlan> planOllama(const OllamaBody& body, OllamaTurn& turn,
                                   const ModelLease& lease, Lane lane) {
    const std::chrono::duration<double> load = std::chrono::steady_clock::now() - turn.start;
    turn.loadSeconds = load.count();
    Engine& engine = *lease.engine();
    Outcome<Prompt> prompt = promptOf(body, engine);
    if (!prompt)
        return prompt.error();
    if (turn.shape == OllamaShape::Generate && !body.raw)
        if (auto tokens = engine.tokenize(*prompt))
            turn.promptTokens = *std::move(tokens);
    Request request = ollamaRequest(body, engine.model());
    request.lane = lane;
    request.prompt = *std::move(prompt);
    GenerationPlan plan;
    plan.prompts.push_back(std::move(request));
    ReplyFormat format;
    format.tools = body.tools;
    format.constraint = body.format;
    return applyReplyFormat(format, engine, std::move(plan));
}

/// What a request without a prompt is for.
void loadOnly(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<Context>& context,
              const OllamaBody& body, const std::shared_ptr<OllamaTurn>& turn) {
    const std::string name = ollamaPoolName(*context->models, body.model);
    if (body.keepAlive && body.keepAlive->unloads()) {
        const Result<void> gone = context->models->unload(name);
        return exchange->respond(gone ? ollamaLoadedResponse(*turn, "unload")
                                      : ollamaErrorResponse(apiError(gone.error(), body.model)));
    }
    context->models->acquire(
        name, ModelUse::Generate,
        [exchange, context, turn, name, keepAlive = body.keepAlive](
            const Result<std::shared_ptr<ModelLease>>& lease) {
            if (!lease)
                return exchange->respond(ollamaErrorResponse(apiError(lease.error(), turn->model)));
            applyKeepAlive(*context->models, name, keepAlive);
            exchange->respond(ollamaLoadedResponse(*turn, "load"));
        });
}

void answer(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<Context>& context,
            const Form<OllamaBody>& form, OllamaShape shape) {
    Outcome<OllamaBody> read = form.read(exchange->request().body);
    if (!read)
        return exchange->respond(ollamaErrorResponse(read.error()));
    const auto body = std::make_shared<OllamaBody>(*std::move(read));
    auto turn = std::make_shared<OllamaTurn>();
    turn->shape = shape;
    turn->model = body->model;
    turn->stream = body->stream;
    if (body->messages.empty() && body->prompt.empty())
        return loadOnly(exchange, context, *body, turn);
    const std::string name = ollamaPoolName(*context->models, body->model);
    turn->over = [context, name, keepAlive = body->keepAlive] {
        applyKeepAlive(*context->models, name, keepAlive);
    };
    const Lane lane = laneOf(exchange->request(), 0);
    Generation::start(exchange, context->models, name,
                      [body, turn, lane](const std::shared_ptr<ModelLease>& lease) {
                          return planOllama(*body, *turn, *lease, lane);
                      },
                      makeOllamaWriter(exchange, turn));
}

void add(Router& router, const std::shared_ptr<Context>& context, const char* path,
         const char* summary, const Form<OllamaBody>& form, OllamaShape shape) {
    router.add(
        generatingRoute(path, "Ollama", summary, form.schemaText(), Answers::Stream,
                        [context, &form, shape](const std::shared_ptr<Exchange>& exchange) {
                            answer(exchange, context, form, shape);
                        }));
}

} // namespace

void addOllamaGeneration(Router& router, const std::shared_ptr<Context>& context) {
    add(router, context, "/api/chat", "Answers a conversation, as Ollama does", ollamaChatForm(),
        OllamaShape::Chat);
    add(router, context, "/api/generate", "Answers a prompt, as Ollama does",
        ollamaGenerateForm(), OllamaShape::Generate);
}

} // namespace hearth::serve
