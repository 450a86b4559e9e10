#include "cli/console.h"
#include "cli/reply.h"
#include "cli/session.h"

#include <memory>

namespace hearth::cli {

namespace {

struct Ask {
    ModelOptions model;
    ReplyOptions reply;
    std::string first;
    std::string second;
    const CLI::Option* secondOption = nullptr;
    bool json = false;

    void run() {
        requireValid(reply.sampling);
        const bool modelNamed = secondOption->count() > 0;
        if (modelNamed)
            model.model = first;
        Session session = openSession(model);
        ChatPrompt prompt;
        if (!reply.system.empty())
            prompt.messages.push_back({"system", reply.system, {}});
        prompt.messages.push_back({"user", modelNamed ? second : first, {}});
        Request request;
        request.prompt = std::move(prompt);
        request.sampling = reply.sampling;
        request.maxTokens = reply.maxTokens;
        const Reply answer = runRequest(*session.engine, std::move(request),
                                        json ? std::function<void(std::string_view)>{} : printText);
        if (json)
            printJson(toJson(session.entry.name, answer));
        else if (!answer.text.ends_with('\n'))
            printText("\n");
    }

    static nlohmann::json toJson(const std::string& name, const Reply& answer) {
        const RequestStatistics& statistics = answer.statistics;
        return {{"model", name},
                {"text", answer.text},
                {"prompt_tokens", statistics.promptTokens},
                {"completion_tokens", statistics.completionTokens},
                {"cached_tokens", statistics.cachedTokens},
                {"ttft_ms", statistics.timeToFirstToken * 1e3},
                {"tokens_per_second", statistics.tokensPerSecond},
                {"finish_reason", reasonText(answer.reason)}};
    }
};

} // namespace

void addAsk(CLI::App& program) {
    auto ask = std::make_shared<Ask>();
    CLI::App* command = program.add_subcommand("ask", "Answer one prompt");
    command->footer("Example: hearth ask \"What is the capital of France?\" --temperature 0");
    // Two plain strings: CLI11 would split a list's "[a, b]" at its commas.
    command->add_option("model_or_prompt", ask->first, "[MODEL] PROMPT; \"starter\" if left out")
        ->required();
    ask->secondOption = command->add_option("prompt", ask->second, "PROMPT, behind a MODEL");
    command->add_flag("--json", ask->json, "Print one JSON document");
    ask->model.addTo(*command);
    ask->reply.addTo(*command);
    command->callback([ask] { ask->run(); });
}

} // namespace hearth::cli
