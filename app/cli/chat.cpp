#include "cli/console.h"
#include "cli/reply.h"
#include "cli/session.h"

#include <memory>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

constexpr const char* kHelp = "/new starts over, /regenerate answers again, /exit or Ctrl+D ends; "
                              "Ctrl+C stops a reply.";

struct Chat {
    ModelOptions model;
    ReplyOptions reply;
    std::vector<std::string> words;
    bool terminal = isatty(STDIN_FILENO) != 0;

    void run() {
        requireValid(reply.sampling);
        const bool turbomind = !words.empty() && words.front() == "turbomind";
        if (turbomind && words.size() != 2)
            throw CommandFailed("hearth chat turbomind needs the path of a model",
                                ExitStatus::WrongUsage);
        if (!words.empty())
            model.model = words.back();
        const Session session = openSession(model);
        const ModelInfo& info = session.engine->model();
        if (!info.templateWarning.empty())
            printMessage("The model's chat template was replaced by " +
                         (info.templateName.empty() ? "ChatML" : info.templateName) + ": " +
                         info.templateWarning);
        if (turbomind)
            turbomindLoop(*session.engine);
        else
            loop(*session.engine);
    }

    void loop(Engine& engine) {
        if (terminal)
            printMessage(fmt::format("{} on {}. {}", engine.model().name, engine.model().device,
                                     kHelp));
        ChatPrompt conversation = fresh();
        for (;;) {
            const std::optional<std::string> line = readLine("> ");
            if (!line || *line == "/exit")
                return;
            if (*line == "/new") {
                conversation = fresh();
            } else if (*line == "/help") {
                printMessage(kHelp);
            } else if (*line == "/regenerate") {
                if (conversation.messages.empty() ||
                    conversation.messages.back().role != "assistant")
                    continue;
                conversation.messages.pop_back();
                answer(engine, conversation);
            } else if (!line->empty()) {
                conversation.messages.push_back({"user", *line, {}});
                answer(engine, conversation);
            }
        }
    }

    /// LMDeploy's loop: an empty line submits, "end" begins a new session, "exit" quits.
    void turbomindLoop(Engine& engine) {
        ChatPrompt conversation = fresh();
        for (;;) {
            std::optional<std::string> input = readUntilBlankLine();
            if (!input || *input == "exit")
                return;
            if (*input == "end") {
                conversation = fresh();
                continue;
            }
            conversation.messages.push_back({"user", *std::move(input), {}});
            if (terminal)
                printText(orFail(engine.renderPrompt(conversation)));
            answer(engine, conversation);
        }
    }

    [[nodiscard]] ChatPrompt fresh() const {
        ChatPrompt conversation;
        if (!reply.system.empty())
            conversation.messages.push_back({"system", reply.system, {}});
        return conversation;
    }

    /// Streams the reply and adds it to the conversation. A request that fails costs its turn only.
    void answer(Engine& engine, ChatPrompt& conversation) const {
        Request request;
        request.prompt = conversation;
        request.sampling = reply.sampling;
        request.maxTokens = reply.maxTokens;
        try {
            Reply answer = runRequest(engine, std::move(request), printText);
            printText("\n");
            if (terminal)
                printMessage(fmt::format(
                    "[{:.1f} tok/s, first token after {:.2f} s, {} tokens, {} of {} prompt tokens "
                    "cached, {}]",
                    answer.statistics.tokensPerSecond, answer.statistics.timeToFirstToken,
                    answer.statistics.completionTokens, answer.statistics.cachedTokens,
                    answer.statistics.promptTokens, reasonText(answer.reason)));
            conversation.messages.push_back({"assistant", std::move(answer.text), {}});
        } catch (const CommandFailed& failed) {
            printMessage(failed.what());
            conversation.messages.pop_back();
        }
    }
};

} // namespace

void addChat(CLI::App& program) {
    auto chat = std::make_shared<Chat>();
    CLI::App* command = program.add_subcommand("chat", "Chat in the terminal");
    command->footer("Example: hearth chat starter\n"
                    "LMDeploy's spelling: hearth chat turbomind PATH --model-name NAME");
    command->add_option("model", chat->words, "[turbomind] MODEL; \"starter\" if left out")
        ->expected(0, 2);
    chat->model.addTo(*command);
    chat->reply.addTo(*command);
    command->callback([chat] { chat->run(); });
}

} // namespace hearth::cli
