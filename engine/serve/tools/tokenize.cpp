#include "serve/api/form.h"
#include "serve/api/with_engine.h"
#include "serve/api/message_type.h"
#include "serve/api/routes.h"
#include "serve/tools/handlers.h"

#include <limits>
#include <utility>
#include <vector>

namespace hearth::serve {

namespace {

/// vLLM's body ("prompt" or "messages"), llama.cpp's ("content"), and "text".
struct TokenizeBody {
    std::string model;
    std::optional<std::string> text;
    std::vector<Message> messages;
    std::optional<Json> tools;
    std::optional<bool> addSpecial;   ///< Texts: true unless said; chats: the template's matter.
    bool addGenerationPrompt = true;
    bool parseSpecial = true;
    bool withPieces = false;
    bool withStrings = false;
};

struct DetokenizeBody {
    std::string model;
    std::vector<std::int32_t> tokens;
};

void requireOne(const TokenizeBody& body, Reading& reading) {
    if (!body.text && body.messages.empty())
        reading.add("missing", "One of prompt, text, content and messages is required");
}

const Form<TokenizeBody>& tokenizeForm() {
    using Body = TokenizeBody;
    static const Form<Body> form =
        Form<Body>("TokenizeRequest")
            .field("model", &Body::model, text(0, 4096),
                   "A model by its name; the default if left out.")
            .field("prompt", &Body::text, text(), "The text.")
            .field("text", &Body::text, text(), "As prompt.")
            .field("content", &Body::text, text(), "As prompt.")
            .field("messages", &Body::messages, list(messageType(), 1, 65536),
                   "A conversation, put into the model's template.")
            .field("tools", &Body::tools, anyValue(), "Functions that the template is told of.")
            .field("add_special_tokens", &Body::addSpecial, boolean(),
                   "Put the model's first token in front of a text, where it has one; true unless "
                   "said.")
            .field("add_special", &Body::addSpecial, boolean(), "As add_special_tokens.")
            .field("parse_special", &Body::parseSpecial, boolean(),
                   "Names of special tokens in a text become those tokens.")
            .field("add_generation_prompt", &Body::addGenerationPrompt, boolean(),
                   "A conversation ends where the reply begins.")
            .field("with_pieces", &Body::withPieces, boolean(),
                   "Tokens as {\"id\", \"piece\"}.")
            .field("return_token_strs", &Body::withStrings, boolean(),
                   "Also tell the text of each token.")
            .rule(requireOne);
    return form;
}

const Form<DetokenizeBody>& detokenizeForm() {
    using Body = DetokenizeBody;
    static const Form<Body> form =
        Form<Body>("DetokenizeRequest")
            .field("model", &Body::model, text(0, 4096),
                   "A model by its name; the default if left out.")
            .required("tokens", &Body::tokens,
                      list(integer(0, std::numeric_limits<std::int32_t>::max())), "Token ids.");
    return form;
}

Prompt promptOf(const TokenizeBody& body) {
    if (body.messages.empty())
        return TextPrompt{*body.text, body.parseSpecial, body.addSpecial.value_or(true)};
    ChatPrompt chat;
    chat.messages = body.messages;
    chat.addGenerationPrompt = body.addGenerationPrompt;
    if (body.tools && body.tools->is_array())
        chat.toolsJson = jsonText(*body.tools);
    return chat;
}

Json tokensJson(const TokenizeBody& body, const Engine& engine,
                const std::vector<std::int32_t>& tokens) {
    if (!body.withPieces)
        return tokens;
    Json list = Json::array();
    for (const std::int32_t token : tokens)
        list.push_back({{"id", token}, {"piece", engine.detokenize({token})}});
    return list;
}

HttpResponse tokenize(const TokenizeBody& body, const ModelLease& lease) {
    const Engine& engine = *lease.engine();
    const auto tokens = engine.tokenize(promptOf(body));
    if (!tokens)
        return openAiErrorResponse(apiError(tokens.error(), lease.model().name));
    Json answer = {{"count", tokens->size()},
                   {"max_model_len", engine.model().context},
                   {"tokens", tokensJson(body, engine, *tokens)}};
    if (body.withStrings) {
        answer["token_strs"] = Json::array();
        for (const std::int32_t token : *tokens)
            answer["token_strs"].push_back(engine.detokenize({token}));
    }
    return jsonResponse(answer);
}

HttpResponse detokenize(const DetokenizeBody& body, const ModelLease& lease) {
    const std::string text = lease.engine()->detokenize(body.tokens);
    return jsonResponse({{"prompt", text}, {"text", text}, {"content", text}});
}

} // namespace

void addTokenize(Router& router, const std::shared_ptr<Context>& context) {
    router.add(postRoute("/v1/tokenize", "Tools", "Tokens of a text or a conversation",
                         tokenizeForm().schemaText(),
                         withEngine(context->models, tokenizeForm(), tokenize,
                                    openAiErrorResponse)));
    router.add(postRoute("/v1/detokenize", "Tools", "The text of tokens",
                         detokenizeForm().schemaText(),
                         withEngine(context->models, detokenizeForm(), detokenize,
                                    openAiErrorResponse)));
}

} // namespace hearth::serve
