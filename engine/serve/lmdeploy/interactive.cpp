#include "serve/lmdeploy/interactive.h"

#include "serve/api/generation.h"
#include "serve/api/sampling_fields.h"
#include "serve/api/turn.h"
#include "serve/lmdeploy/interactive_form.h"
#include "serve/lmdeploy/interactive_writer.h"
#include "serve/lmdeploy/lmdeploy_error.h"

#include <random>
#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

constexpr std::int64_t kFirstRandomSession = 10087;
constexpr std::int64_t kLastRandomSession = 23333;

std::int64_t randomSession(const SessionStore& sessions, const std::string& keyName) {
    static thread_local std::mt19937_64 random(std::random_device{}());
    std::uniform_int_distribution<std::int64_t> pick(kFirstRandomSession, kLastRandomSession);
    std::int64_t id = pick(random);
    for (int tries = 0; tries < 100 && sessions.isKnown({keyName, id}); ++tries)
        id = pick(random);
    return id;
}

ApiError coded(int status, const char* code, std::string message) {
    ApiError error = badRequest("session_id", std::move(message), code);
    error.status = status;
    return error;
}

Request requestOf(const InteractiveBody& body, const InteractiveTurn& turn, Lane lane) {
    Request request;
    request.prompt = TokenPrompt{turn.tokens, true};
    request.maxTokens = body.outputTokens;
    request.sampling.temperature = static_cast<float>(body.temperature);
    request.sampling.topP = static_cast<float>(body.topP);
    request.sampling.topK = body.topK;
    request.sampling.minP = static_cast<float>(body.minP);
    request.sampling.repetitionPenalty = static_cast<float>(body.repetitionPenalty);
    if (body.seed)
        request.sampling.seed = static_cast<std::uint64_t>(*body.seed);
    request.stopStrings = body.stop.texts;
    request.ignoreEos = body.ignoreEos;
    request.lane = lane;
    return request;
}

/// Puts the new turn behind the history; also says how a turn ends that generates nothing.
Outcome<GenerationPlan> planTurn(const InteractiveBody& body, InteractiveTurn& turn,
                                 const ModelLease& lease, Lane lane) {
    const Engine& engine = *lease.engine();
    const SessionHistory& history = turn.use->history();
    turn.modelPath = lease.model().path;
    if (!history.tokens.empty() && history.modelPath != turn.modelPath)
        return coded(400, "session_of_another_model",
                     "The session was begun with another model; end it first.");
    Result<std::vector<std::int32_t>> input = turnTokens(engine, history.tokens, body.prompt);
    if (!input)
        return apiError(input.error(), lease.model().name);
    turn.tokens = history.tokens;
    turn.tokens.insert(turn.tokens.end(), input->begin(), input->end());
    turn.historyTokens = static_cast<std::int32_t>(history.tokens.size());
    turn.inputTokens = static_cast<std::int32_t>(input->size());
    const std::size_t wanted = turn.tokens.size() + static_cast<std::size_t>(body.outputTokens);
    if (wanted >= static_cast<std::size_t>(engine.model().context))
        return coded(400, kSessionFull, "The session is full.");
    if (body.outputTokens == 0)
        return coded(400, kPromptTaken, "The prompt was taken.");
    GenerationPlan plan;
    plan.prompts.push_back(requestOf(body, turn, lane));
    return plan;
}

void generate(const std::shared_ptr<Exchange>& exchange, InteractiveBody body,
              const std::shared_ptr<Context>& context, SessionStore& sessions,
              std::shared_ptr<SessionStore::Use> use) {
    const SessionStore::Ticket ticket = use->ticket();
    auto turn = std::make_shared<InteractiveTurn>();
    turn->use = std::move(use); // the writer's from now on
    turn->interactive = body.interactive;
    const Lane lane = laneOf(exchange->request(), 0);
    auto writer = makeInteractiveWriter(exchange, turn, body.stream);
    std::string model = std::move(body.model);
    const auto generation = Generation::start(
        exchange, context->models, std::move(model),
        [turn, lane, body = std::move(body)](const std::shared_ptr<ModelLease>& lease) {
            return planTurn(body, *turn, *lease, lane);
        },
        std::move(writer));
    sessions.onCancel(ticket, [weak = std::weak_ptr(generation)] {
        if (const auto running = weak.lock())
            running->cancel();
    });
}

void answerAtOnce(Exchange& exchange, bool stream, std::size_t historyTokens) {
    HttpResponse response;
    response.body = interactiveAnswer({}, 0, 0, static_cast<std::int64_t>(historyTokens), "stop");
    if (stream) {
        response.contentType = "text/event-stream; charset=utf-8";
        response.body += '\n';
    }
    exchange.respond(std::move(response));
}

} // namespace

void answerInteractive(const std::shared_ptr<Exchange>& exchange,
                       const std::shared_ptr<Context>& context,
                       const std::shared_ptr<SessionStore>& sessions) {
    Outcome<InteractiveBody> body = interactiveForm().read(exchange->request().body);
    if (!body)
        return exchange->respond(lmDeployErrorResponse(body.error()));
    const std::string& keyName = exchange->request().keyName;
    const SessionStore::Key key(keyName, body->sessionId);
    if (body->cancels()) {
        if (body->sessionId == -1)
            return exchange->respond(lmDeployErrorResponse(
                badRequest("session_id", "Please set a session_id to cancel a request.")));
        return answerAtOnce(*exchange, body->stream, sessions->cancel(key));
    }
    if (body->ends())
        return answerAtOnce(*exchange, body->stream, sessions->end(key));
    if (body->prompt.empty())
        return exchange->respond(
            lmDeployErrorResponse(badRequest("prompt", "The prompt is empty.")));
    if (body->sessionId == -1)
        body->sessionId = randomSession(*sessions, keyName);
    std::shared_ptr<SessionStore::Use> use = sessions->begin({keyName, body->sessionId});
    if (!use)
        return exchange->respond(lmDeployErrorResponse(
            coded(409, "session_occupied",
                  fmt::format("The session_id `{}` is occupied.", body->sessionId))));
    generate(exchange, *std::move(body), context, *sessions, std::move(use));
}

} // namespace hearth::serve
