#include "serve/lmdeploy/encode.h"

#include "serve/api/form.h"
#include "serve/api/with_engine.h"
#include "serve/lmdeploy/lmdeploy_error.h"

#include <utility>
#include <vector>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxTexts = 4096;

struct Texts {
    std::vector<std::string> all;
    bool isList = false;
};

struct EncodeBody {
    std::string model;
    Texts input;
    bool preprocess = false;
    bool addBos = true;
};

FieldType<Texts> textsType() {
    return oneOf<Texts>({text().map([](std::string one) { return Texts{{std::move(one)}, false}; }),
                         list(text(), 0, kMaxTexts).map([](std::vector<std::string> all) {
                             return Texts{std::move(all), true};
                         })});
}

const Form<EncodeBody>& encodeForm() {
    static const Form<EncodeBody> form =
        Form<EncodeBody>("EncodeRequest")
            .field("model", &EncodeBody::model, text(0, 1024),
                   "A model by its name; the default if left out.")
            .required("input", &EncodeBody::input, textsType(), "One text or a list of them.")
            .field("do_preprocess", &EncodeBody::preprocess, boolean(),
                   "Put the text into the model's chat template first.")
            .field("add_bos", &EncodeBody::addBos, boolean(),
                   "Put the model's first token in front, where it has one.");
    return form;
}

Prompt promptOf(const EncodeBody& body, const std::string& text) {
    if (!body.preprocess)
        return TextPrompt{text, true, body.addBos};
    ChatPrompt chat;
    chat.messages.push_back({"user", text, {}});
    return chat;
}

HttpResponse encode(const EncodeBody& body, const ModelLease& lease) {
    Json ids = Json::array();
    Json lengths = Json::array();
    for (const std::string& text : body.input.all) {
        const auto tokens = lease.engine()->tokenize(promptOf(body, text));
        if (!tokens)
            return lmDeployErrorResponse(apiError(tokens.error(), lease.model().name));
        ids.push_back(*tokens);
        lengths.push_back(tokens->size());
    }
    return body.input.isList
               ? jsonResponse({{"input_ids", ids}, {"length", lengths}})
               : jsonResponse({{"input_ids", ids.at(0)}, {"length", lengths.at(0)}});
}

} // namespace

Handler encodeHandler(const std::shared_ptr<ModelPool>& pool) {
    return withEngine(pool, encodeForm(), encode, lmDeployErrorResponse);
}

std::string encodeSchema() {
    return encodeForm().schemaText();
}

} // namespace hearth::serve
