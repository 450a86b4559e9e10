#include "serve/api/base64.h"
#include "serve/api/embedding_work.h"
#include "serve/api/generation.h"
#include "serve/api/routes.h"
#include "serve/openai/completion_body.h"
#include "serve/openai/handlers.h"

#include <optional>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxInputs = 2048;

/// The body of POST /v1/embeddings.
struct EmbeddingBody {
    std::string model;
    std::vector<Prompt> inputs;
    std::string encodingFormat = "float";
    std::optional<std::int32_t> dimensions;
};

const Form<EmbeddingBody>& embeddingForm() {
    static const Form<EmbeddingBody> form =
        Form<EmbeddingBody>("EmbeddingRequest")
            .field("model", &EmbeddingBody::model, text(0, 4096),
                   "One of /v1/models; empty: the first of them.")
            .required("input", &EmbeddingBody::inputs, promptType(kMaxInputs),
                      "A text, token ids, or a list of either.")
            .field("encoding_format", &EmbeddingBody::encodingFormat, word({"float", "base64"}),
                   "base64: of little-endian float32.")
            .field("dimensions", &EmbeddingBody::dimensions, integer(1, 1 << 20),
                   "The first so many numbers, at length 1 again.");
    return form;
}

/// A form takes texts or lists of tokens, never both.
EmbeddingInputs inputsOf(const std::vector<Prompt>& prompts) {
    std::vector<std::string> texts;
    TokenLists tokens;
    for (const Prompt& prompt : prompts) {
        if (const auto* text = std::get_if<TextPrompt>(&prompt))
            texts.push_back(text->text);
        else
            tokens.push_back(std::get<TokenPrompt>(prompt).tokens);
    }
    if (texts.empty())
        return tokens;
    return texts;
}

Json valuesJson(const std::vector<float>& values, bool asBase64) {
    if (!asBase64)
        return values;
    static_assert(sizeof(float) == 4);
    return base64Text(
        {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

HttpResponse answerOf(const EmbeddingBody& body, const std::string& model,
                      const std::vector<Embedding>& embeddings) {
    Json data = Json::array();
    for (const Embedding& embedding : embeddings) {
        const std::size_t size = embedding.values.size();
        if (body.dimensions && static_cast<std::size_t>(*body.dimensions) > size)
            return openAiErrorResponse(
                badRequest("dimensions", "The model's embeddings have " + std::to_string(size) +
                                             " dimensions."));
        data.push_back({{"object", "embedding"},
                        {"index", data.size()},
                        {"embedding", valuesJson(unitVector(embedding.values, body.dimensions),
                                                 body.encodingFormat == "base64")}});
    }
    const std::int32_t tokens = tokensOf(embeddings);
    return jsonResponse({{"object", "list"},
                         {"data", std::move(data)},
                         {"model", model},
                         {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

ApiError embeddingError(const Error& error, const std::string& model) {
    ApiError result = apiError(error, model);
    if (result.code == "context_length_exceeded" || result.param.empty())
        result.param = "input";
    return result;
}

void finish(Exchange& exchange, const EmbeddingBody& body, const std::string& model,
            const Result<EmbeddingWork::Done>& done) {
    RequestNote note;
    note.model = model;
    HttpResponse response;
    if (done) {
        note.model = done->lease->model().name;
        note.promptTokens = tokensOf(done->embeddings);
        response = answerOf(body, model, done->embeddings);
    } else {
        const ApiError error = embeddingError(done.error(), model);
        note.error = error.message;
        response = openAiErrorResponse(error);
    }
    exchange.note(note);
    exchange.respond(std::move(response));
}

void answerEmbeddings(const std::shared_ptr<Exchange>& exchange,
                      const std::shared_ptr<Context>& context, EmbeddingWork& work) {
    Outcome<EmbeddingBody> read = embeddingForm().read(exchange->request().body);
    if (!read)
        return exchange->respond(openAiErrorResponse(read.error()));
    const std::string model = modelName(*context->models, read->model);
    EmbeddingInputs inputs = inputsOf(read->inputs);
    work.run(exchange, *context->models, model, std::move(inputs), TooLong::Fail,
             [exchange, model, body = *std::move(read)](const Result<EmbeddingWork::Done>& done) {
                 finish(*exchange, body, model, done);
             });
}

} // namespace

void addEmbeddings(Router& router, const std::shared_ptr<Context>& context) {
    const auto work = std::make_shared<EmbeddingWork>();
    router.add(generatingRoute("/v1/embeddings", "OpenAI", "Turn texts into vectors",
                               embeddingForm().schemaText(), Answers::Whole,
                               [context, work](const std::shared_ptr<Exchange>& exchange) {
                                   answerEmbeddings(exchange, context, *work);
                               }));
}

} // namespace hearth::serve
