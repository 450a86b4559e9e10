#include "serve/api/form.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/ollama_common.h"
#include "serve/tools/embedding_work.h"

#include <cmath>
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

/// Of length 1, as Ollama's are.
std::vector<float> vectorOf(const Embedding& embedding, const EmbedBody& body) {
    std::vector<float> values = embedding.values;
    if (body.dimensions && static_cast<std::size_t>(*body.dimensions) < values.size())
        values.resize(static_cast<std::size_t>(*body.dimensions));
    double square = 0.0;
    for (const float value : values)
        square += double(value) * double(value);
    const double length = std::sqrt(square);
    if (length > 0.0)
        for (float& value : values)
            value = static_cast<float>(double(value) / length);
    return values;
}

Json answerOf(const EmbedBody& body, EmbedShape shape, const EmbeddingWork::Done& done) {
    if (shape == EmbedShape::Embeddings)
        return {{"embedding", done.embeddings.empty() ? std::vector<float>()
                                                      : vectorOf(done.embeddings.front(), body)}};
    Json all = Json::array();
    std::int32_t tokens = 0;
    for (const Embedding& embedding : done.embeddings) {
        all.push_back(vectorOf(embedding, body));
        tokens += embedding.tokens;
    }
    return {{"model", body.model},
            {"embeddings", std::move(all)},
            {"total_duration", nanoseconds(done.totalSeconds)},
            {"load_duration", nanoseconds(done.loadSeconds)},
            {"prompt_eval_count", tokens}};
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
                 for (const Embedding& embedding : done->embeddings)
                     note.promptTokens += embedding.tokens;
                 exchange->note(note);
                 exchange->respond(ollamaResponse(answerOf(body, shape, *done)));
             });
}

} // namespace

void addOllamaEmbeddings(Router& router, const std::shared_ptr<Context>& context) {
    const auto work = std::make_shared<EmbeddingWork>();
    const auto add = [&](const char* path, const char* summary, EmbedShape shape) {
        Route route;
        route.method = Method::Post;
        route.path = path;
        route.document = {summary, "Ollama", embedForm(shape).schemaText(), {}, false};
        route.generates = true;
        route.handler = [context, work, shape](const std::shared_ptr<Exchange>& exchange) {
            answerEmbed(exchange, context, *work, shape);
        };
        router.add(std::move(route));
    };
    add("/api/embed", "Turns texts into vectors", EmbedShape::Embed);
    add("/api/embeddings", "Turns a text into a vector", EmbedShape::Embeddings);
}

} // namespace hearth::serve
