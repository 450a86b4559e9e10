#include "serve/api/background.h"
#include "serve/api/base64.h"
#include "serve/openai/completion_body.h"
#include "serve/openai/handlers.h"

#include <cmath>
#include <optional>
#include <stop_token>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxInputs = 2048;
constexpr int kThreads = 2;

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

Result<std::vector<Embedding>> embed(Embedder& embedder, const std::vector<Prompt>& inputs,
                                     const std::stop_token& stop) {
    std::vector<std::string> texts;
    std::vector<std::vector<std::int32_t>> tokens;
    for (const Prompt& input : inputs) {
        if (const auto* text = std::get_if<TextPrompt>(&input))
            texts.push_back(text->text);
        else
            tokens.push_back(std::get<TokenPrompt>(input).tokens);
    }
    return texts.empty() ? embedder.embedTokens(tokens, stop)
                         : embedder.embed(texts, TooLong::Fail, stop);
}

/// To length 1, as OpenAI's are: programs compare them by their products.
void normalise(std::vector<float>& values) {
    double square = 0.0;
    for (const float value : values)
        square += double(value) * double(value);
    if (square <= 0.0)
        return;
    const double scale = 1.0 / std::sqrt(square);
    for (float& value : values)
        value = static_cast<float>(double(value) * scale);
}

Json valuesJson(const std::vector<float>& values, bool asBase64) {
    if (!asBase64)
        return values;
    static_assert(sizeof(float) == 4);
    return base64Text(
        {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

HttpResponse answer(const EmbeddingBody& body, const std::string& model,
                    std::vector<Embedding> embeddings, std::int32_t& tokens) {
    const bool asBase64 = body.encodingFormat == "base64";
    Json data = Json::array();
    for (std::size_t i = 0; i < embeddings.size(); ++i) {
        std::vector<float>& values = embeddings[i].values;
        if (body.dimensions) {
            if (static_cast<std::size_t>(*body.dimensions) > values.size())
                return openAiErrorResponse(
                    badRequest("dimensions", "The model's embeddings have " +
                                                 std::to_string(values.size()) + " dimensions."));
            // Matryoshka embeddings (Kusupati et al. 2022): the front of a vector is one too.
            values.resize(static_cast<std::size_t>(*body.dimensions));
        }
        normalise(values);
        tokens += embeddings[i].tokens;
        data.push_back(
            {{"object", "embedding"}, {"index", i}, {"embedding", valuesJson(values, asBase64)}});
    }
    HttpResponse response;
    response.body = jsonText({{"object", "list"},
                              {"data", std::move(data)},
                              {"model", model},
                              {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
    return response;
}

ApiError embeddingError(const Error& error, const std::string& model) {
    ApiError result = apiError(error, model);
    if (result.code == "context_length_exceeded" || result.param.empty())
        result.param = "input";
    return result;
}

/// On a background thread: blocks until the vectors are there.
void work(const std::shared_ptr<Exchange>& exchange, const EmbeddingBody& body,
          const std::string& model, const ModelLease& lease, const std::stop_token& stop) {
    RequestNote note;
    note.model = lease.model().name;
    Result<std::vector<Embedding>> embeddings = embed(*lease.embedder(), body.inputs, stop);
    HttpResponse response;
    if (embeddings) {
        response = answer(body, model, *std::move(embeddings), note.promptTokens);
    } else {
        const ApiError error = embeddingError(embeddings.error(), model);
        note.error = error.message;
        response = openAiErrorResponse(error);
    }
    exchange->note(note);
    exchange->respond(std::move(response));
}

void answerEmbeddings(const std::shared_ptr<Exchange>& exchange,
                      const std::shared_ptr<Context>& context,
                      const std::shared_ptr<Background>& background) {
    Outcome<EmbeddingBody> read = embeddingForm().read(exchange->request().body);
    if (!read) {
        exchange->respond(openAiErrorResponse(read.error()));
        return;
    }
    const std::string model = read->model.empty() ? context->models->defaultModel() : read->model;
    const auto stop = std::make_shared<std::stop_source>();
    exchange->onAbort([stop] { stop->request_stop(); });
    context->models->acquire(
        model, ModelUse::Embed,
        [exchange, model, stop, background = std::weak_ptr(background),
         body = *std::move(read)](Result<std::shared_ptr<ModelLease>> lease) {
            const auto threads = background.lock();
            if (!lease || (*lease)->embedder() == nullptr || !threads) {
                Error error;
                error.code = ErrorCode::ShuttingDown;
                exchange->respond(
                    openAiErrorResponse(apiError(lease ? error : lease.error(), model)));
                return;
            }
            threads->run([exchange, model, stop, body, held = *std::move(lease)] {
                work(exchange, body, model, *held, stop->get_token());
            });
        });
}

} // namespace

void addEmbeddings(Router& router, const std::shared_ptr<Context>& context) {
    const auto background = std::make_shared<Background>(kThreads);
    Route route;
    route.method = Method::Post;
    route.path = "/v1/embeddings";
    route.generates = true;
    route.document = {"Turn texts into vectors", "OpenAI", embeddingForm().schemaText(), {}, false};
    route.handler = [context, background](const std::shared_ptr<Exchange>& exchange) {
        answerEmbeddings(exchange, context, background);
    };
    router.add(std::move(route));
}

} // namespace hearth::serve
