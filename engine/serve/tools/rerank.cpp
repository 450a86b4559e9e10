#include "serve/api/embedding_work.h"
#include "serve/api/random_id.h"
#include "serve/api/routes.h"
#include "serve/tools/handlers.h"
#include "serve/tools/rerank_form.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hearth::serve {

namespace {

using Work = std::shared_ptr<EmbeddingWork>;

/// Of their angle, -1 … 1: the score of a pair. The engine has no cross-encoders.
double cosine(const std::vector<float>& a, const std::vector<float>& b) {
    double dot = 0.0;
    double squareA = 0.0;
    double squareB = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        dot += double(a[i]) * double(b[i]);
        squareA += double(a[i]) * double(a[i]);
        squareB += double(b[i]) * double(b[i]);
    }
    const double length = std::sqrt(squareA) * std::sqrt(squareB);
    return length > 0.0 ? dot / length : 0.0;
}

/// The query comes first, the documents behind it.
Json rerankAnswer(const RerankBody& body, const EmbeddingWork::Done& done) {
    struct Scored {
        std::size_t index;
        double score;
    };
    std::vector<Scored> order;
    for (std::size_t i = 0; i < body.documents.size(); ++i)
        order.push_back({i, cosine(done.embeddings[0].values, done.embeddings[i + 1].values)});
    std::stable_sort(order.begin(), order.end(),
                     [](const Scored& a, const Scored& b) { return a.score > b.score; });
    if (body.topN && order.size() > static_cast<std::size_t>(*body.topN))
        order.resize(static_cast<std::size_t>(*body.topN));
    Json results = Json::array();
    for (const Scored& scored : order) {
        Json result = {{"index", scored.index}, {"relevance_score", scored.score}};
        if (body.returnDocuments)
            result["document"] = {{"text", body.documents[scored.index]}};
        results.push_back(std::move(result));
    }
    const std::int32_t tokens = tokensOf(done.embeddings);
    return {{"id", randomId("rerank-")},
            {"model", done.lease->model().name},
            {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}},
            {"results", std::move(results)}};
}

/// The first texts come first.
Json scoreAnswer(const ScoreBody& body, const EmbeddingWork::Done& done) {
    const std::size_t first = body.first.size();
    const std::size_t second = body.second.size();
    Json data = Json::array();
    for (std::size_t i = 0; i < std::max(first, second); ++i)
        data.push_back({{"index", i},
                        {"object", "score"},
                        {"score", cosine(done.embeddings[first == 1 ? 0 : i].values,
                                         done.embeddings[first + (second == 1 ? 0 : i)].values)}});
    const std::int32_t tokens = tokensOf(done.embeddings);
    return {{"id", randomId("score-")},
            {"object", "list"},
            {"created", unixTime()},
            {"model", done.lease->model().name},
            {"data", std::move(data)},
            {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
}

std::vector<std::string> textsOf(const RerankBody& body) {
    std::vector<std::string> texts{body.query};
    texts.insert(texts.end(), body.documents.begin(), body.documents.end());
    return texts;
}

std::vector<std::string> textsOf(const ScoreBody& body) {
    std::vector<std::string> texts = body.first;
    texts.insert(texts.end(), body.second.begin(), body.second.end());
    return texts;
}

template<typename Body>
Handler embedAndAnswer(const std::shared_ptr<Context>& context, const Work& work,
                       const Form<Body>& form,
                       Json (*make)(const Body&, const EmbeddingWork::Done&)) {
    return [context, work, &form, make](const std::shared_ptr<Exchange>& exchange) {
        Outcome<Body> body = form.read(exchange->request().body);
        if (!body)
            return exchange->respond(openAiErrorResponse(body.error()));
        const std::string model = body->model;
        std::vector<std::string> texts = textsOf(*body);
        work->run(exchange, *context->models, model, std::move(texts), TooLong::Cut,
                  [exchange, model, make,
                   body = *std::move(body)](const Result<EmbeddingWork::Done>& done) {
                      if (!done)
                          return exchange->respond(
                              openAiErrorResponse(apiError(done.error(), model)));
                      RequestNote note;
                      note.model = done->lease->model().name;
                      note.promptTokens = tokensOf(done->embeddings);
                      exchange->note(note);
                      exchange->respond(jsonResponse(make(body, *done)));
                  });
    };
}

} // namespace

void addRerank(Router& router, const std::shared_ptr<Context>& context) {
    const auto work = std::make_shared<EmbeddingWork>();
    const auto add = [&](const char* path, const char* summary, std::string schema,
                         Handler handler) {
        router.add(generatingRoute(path, "Tools", summary, std::move(schema), Answers::Whole,
                                   std::move(handler)));
    };
    const Handler rerank = embedAndAnswer(context, work, rerankForm(), rerankAnswer);
    add("/v1/rerank", "Orders documents by the cosine of their embeddings with the query's",
        rerankForm().schemaText(), rerank);
    add("/v2/rerank", "As /v1/rerank", rerankForm().schemaText(), rerank);
    add("/v1/score", "The cosines of pairs of texts' embeddings", scoreForm().schemaText(),
        embedAndAnswer(context, work, scoreForm(), scoreAnswer));
}

} // namespace hearth::serve
