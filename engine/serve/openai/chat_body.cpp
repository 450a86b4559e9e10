#include "serve/openai/chat_body.h"

#include "serve/api/message_type.h"
#include "serve/openai/prompt_logprobs.h"

#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxMessages = 16384;

/// LMDeploy's plain string: one turn of the user.
std::vector<Message> userTurn(std::string content) {
    return {Message{"user", std::move(content), {}}};
}

void checkLogprobs(const ChatBody& body, Reading& reading) {
    if (body.logprobs || body.topLogprobs.value_or(0) == 0)
        return;
    const Reading::Step step(reading, std::string("top_logprobs"));
    reading.add("value_error", "top_logprobs needs logprobs to be true");
}

void checkChatPromptLogprobs(const ChatBody& body, Reading& reading) {
    checkPromptLogprobs(body.promptLogprobs.has_value() && body.stream, reading);
}

void checkContinuation(const ChatBody& body, Reading& reading) {
    if (!body.continueFinalMessage.value_or(false) || body.messages.back().role == "assistant")
        return;
    const Reading::Step step(reading, std::string("continue_final_message"));
    reading.add("value_error", "The last message is not the assistant's");
}

void addTemplateFields(Form<ChatBody>& form) {
    form.field("chat_template_kwargs", &ChatBody::templateVariables, anyObject(),
               "Variables for the model's chat template, as {\"enable_thinking\": false}.")
        .field("reasoning_effort", &ChatBody::reasoningEffort,
               word({"none", "minimal", "low", "medium", "high", "xhigh"}),
               "How much the model thinks, where its template knows that.")
        .field("continue_final_message", &ChatBody::continueFinalMessage, boolean(),
               "Go on with the last message, the assistant's. True where that comes last.")
        .field("add_generation_prompt", &ChatBody::addGenerationPrompt, boolean(),
               "Open the assistant's turn.");
}

Json templateVariables(const ChatBody& body) {
    Json variables = body.templateVariables.value_or(Json::object());
    if (body.reasoningEffort) {
        variables.emplace("reasoning_effort", *body.reasoningEffort);
        if (*body.reasoningEffort == "none")
            variables.emplace("enable_thinking", false);
    }
    return variables;
}

bool continuesReply(const ChatBody& body) {
    const Message& last = body.messages.back();
    return body.messages.size() > 1 && last.role == "assistant" &&
           last.extraJson.find("\"tool_calls\"") == std::string::npos &&
           body.continueFinalMessage.value_or(true);
}

} // namespace

const Form<ChatBody>& chatForm() {
    static const Form<ChatBody> form = [] {
        Form<ChatBody> body("ChatCompletionRequest");
        body.field("model", &ChatBody::model, text(0, 4096),
                   "One of /v1/models; empty: the first of them.")
            .required("messages", &ChatBody::messages,
                      oneOf<std::vector<Message>>(
                          {list(messageType(), 1, kMaxMessages), text(1).map(userTurn)}),
                      "The conversation.")
            .field("n", &ChatBody::n, integer(1, 128), "So many replies.")
            .field("max_tokens", &ChatBody::maxTokens, newTokensType(),
                   "New tokens at most; -1 or absent: to the end of the context.")
            .field("max_completion_tokens", &ChatBody::maxCompletionTokens, newTokensType(),
                   "The same under its newer name.")
            .field("stream", &ChatBody::stream, boolean(), "Send the reply as it is made.")
            .field("stream_options", &ChatBody::streamOptions, streamOptionsType(), "")
            .field("logprobs", &ChatBody::logprobs, boolean(), "Tell each token's logprob.")
            .field("top_logprobs", &ChatBody::topLogprobs, integer(0, kMaxTopLogprobs),
                   "And those of so many likeliest tokens.")
            .field("prompt_logprobs", &ChatBody::promptLogprobs, integer(0, kMaxTopLogprobs),
                   "Tell the logprob of each token of the prompt, and those of so many likeliest. "
                   "Not for streams.");
        addFormatFields(body);
        addToolFields(body);
        addTemplateFields(body);
        addSamplingFields(body);
        body.rule(checkLogprobs).rule(checkChatPromptLogprobs).rule(checkContinuation);
        return body;
    }();
    return form;
}

Request chatRequest(const ChatBody& body, const SamplingDefaults& defaults) {
    Request request;
    ChatPrompt prompt;
    prompt.messages = body.messages;
    prompt.addGenerationPrompt = body.addGenerationPrompt;
    if (continuesReply(body)) {
        prompt.replyPrefix = prompt.messages.back().content;
        prompt.messages.pop_back();
    }
    if (const Json variables = templateVariables(body); !variables.empty())
        prompt.variablesJson = jsonText(variables);
    request.prompt = std::move(prompt);
    applySampling(body, defaults, request);
    request.sampling.logprobs = body.logprobs ? body.topLogprobs.value_or(0) : -1;
    request.promptLogprobs = body.promptLogprobs.value_or(-1);
    request.maxTokens = body.maxCompletionTokens.value_or(body.maxTokens.value_or(0));
    return request;
}

} // namespace hearth::serve
