#include "serve/tools/rerank_form.h"

#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxDocuments = 2048;
constexpr const char* kModelText = "A model for embeddings, by its name; the default if left out.";

struct TextObject {
    std::string text;
};

FieldType<std::vector<std::string>> oneOrMore() {
    return oneOf<std::vector<std::string>>(
        {text().map([](std::string one) { return std::vector{std::move(one)}; }),
         list(documentType(), 1, kMaxDocuments)});
}

void requirePairs(const ScoreBody& body, Reading& reading) {
    if (body.first.size() != 1 && body.second.size() != 1 &&
        body.first.size() != body.second.size())
        reading.add("value_error", "text_1 and text_2 should be of the same number, or one of "
                                   "them a single text");
}

} // namespace

FieldType<std::string> documentType() {
    static const Form<TextObject> form =
        Form<TextObject>("Document").required("text", &TextObject::text, text(), "");
    return oneOf<std::string>(
        {text(), object(form).map([](TextObject document) { return std::move(document.text); })});
}

const Form<RerankBody>& rerankForm() {
    using Body = RerankBody;
    static const Form<Body> form =
        Form<Body>("RerankRequest")
            .field("model", &Body::model, text(0, 4096), kModelText)
            .required("query", &Body::query, documentType(), "What is looked for.")
            .required("documents", &Body::documents, list(documentType(), 1, kMaxDocuments),
                      "Where it is looked for.")
            .field("top_n", &Body::topN, integer(1, 1 << 30), "Tell only so many of the best.")
            .field("return_documents", &Body::returnDocuments, boolean(),
                   "Tell the documents' texts, too.");
    return form;
}

const Form<ScoreBody>& scoreForm() {
    using Body = ScoreBody;
    static const Form<Body> form =
        Form<Body>("ScoreRequest")
            .field("model", &Body::model, text(0, 4096), kModelText)
            .required("text_1", &Body::first, oneOrMore(), "One text, or the first ones of pairs.")
            .required("text_2", &Body::second, oneOrMore(), "One text, or the second ones.")
            .rule(requirePairs);
    return form;
}

} // namespace hearth::serve
