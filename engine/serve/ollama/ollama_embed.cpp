#include "serve/api/embedding_work.h"
#include "serve/api/form.h"
#include "serve/api/routes.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/ollama_common.h"

#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxInputs = 2048;

enum class EmbedShape : std::uint8_t { Embed, Embeddings }; ///< Embeddings: the older route's.

struct EmbedBody {
    std::string model;
    std::vector<std::string> input;
    bool truncate = true;
    std::optional<std::int32_t> dimensions;
    std::optional<KeepAlive> keepAlive;
};

FieldType<std::vector<std::string>> inputType() {
    return oneOf<std::vector<std::string>>(
        {text().map([](std::string one) { return std::vector{std::move(one)}; }),
         list(text(), 0, kMaxInputs)});
}

Form<EmbedBody> makeForm(const char* name, const char* input) {
    using Body = EmbedBody;
    return Form<Body>(name)
        .required("model", &Body::model, text(1, 4096), "A model by its name.")
        .field(input, &Body::input, inputType(), "A text or a list of them.")
        .field("truncate", &Body::truncate, boolean(), "Leave out the end of what is too long.")
        .field("dimensions", &Body::dimensions, integer(1, 1 << 20),
               "Only the first so many numbers.")
        .field("keep_alive", &Body::keepAlive, keepAliveType(),
               "How long the model stays loaded; 0: no longer, below 0: for ever.");
}

const Form<EmbedBody>& embedForm(EmbedShape shape) {
    static const Form<EmbedBody> newer = makeForm("EmbedRequest", "input");
    static const Form<EmbedBody> older = makeForm("EmbeddingsRequest", "prompt");
    return shape == EmbedShape::Embed ? newer : older;
}

Json answerOf(const EmbedBody& body, EmbedShape shape, const EmbeddingWork::Done& done) {
    if (shape == EmbedShape::Embeddings)
        return {{"embedding", done.embeddings.empty()
                                  ? std::vector<float>()
                                  : unitVector(done.embeddings.front().values, body.dimensions)}};
    Json all = Json::array();
    for (const Embedding& embedding : done.embeddings)
        all.push_back(unitVector(embedding.values, body.dimensions));
    return {{"model", body.model},
            {"embeddings", std::move(all)},
            {"total_duration", nanoseconds(done.totalSeconds)},
            {"load_duration", nanoseconds(done.loadSeconds)},
            {"prompt_eval_count", tokensOf(done.embeddings)}};
}

void answerEmbed(const std::shared_ptr<Exchange>& exchange,
                 const std::shared_ptr<Context>& context, EmbeddingWork& work, EmbedShape shape) {
    Outcome<EmbedBody> read = embedForm(shape).read(exchange->request().body);
    if (!read)
        return exchange->respond(ollamaErrorResponse(read.error()));
    const std::string name = ollamaPoolName(*context->models, read->model);
    const TooLong tooLong = read->truncate ? TooLong::Cut : TooLong::Fail;
    std::vector<std::string> texts = read->input;
    work.run(exchange, *context->models, name, std::move(texts), tooLong,
             [exchange, context, name, shape,
              body = *std::move(read)](const Result<EmbeddingWork::Done>& done) {
                 applyKeepAlive(*context->models, name, body.keepAlive);
                 if (!done)
                     return exchange->respond(
                         ollamaErrorResponse(apiError(done.error(), body.model)));
                 RequestNote note;
                 note.model = name;
                 note.promptTokens = tokensOf(done->embeddings);
                 exchange->note(note);
                 exchange->respond(ollamaResponse(answerOf(body, shape, *done)));
             });
}

} // namespace

void addOllamaEmbeddings(Router& router, const std::shared_ptr<Context>& context) {
    const auto work = std::make_shared<EmbeddingWork>();
    const auto add = [&](const char* path, const char* summary, EmbedShape shape) {
        router.add(generatingRoute(
            path, "Ollama", summary, embedForm(shape).schemaText(), Answers::Whole,
            [context, work, shape](const std::shared_ptr<Exchange>& exchange) {
                answerEmbed(exchange, context, *work, shape);
            }));
    };
    add("/api/embed", "Turns texts into vectors", EmbedShape::Embed);
    add("/api/embeddings", "Turns a text into a vector", EmbedShape::Embeddings);
}

} // namespace hearth::serve
