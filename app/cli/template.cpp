#include "cli/console.h"
#include "formats/json_file.h"
#include "hearth/model_library.h"
#include "text/open_chat_template.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace hearth::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Template {
    std::string model;
    std::string dataDirectory;
    std::string messagesFile;

    void run() const {
        Json variables = readVariables();
        const Json messages = variables.value("messages", Json::array());
        const Json tools = variables.value("tools", Json());
        const Json generation = variables.value("add_generation_prompt", Json(false));
        if (!generation.is_boolean())
            throw CommandFailed(messagesFile + ": \"add_generation_prompt\" must be true or false");
        const ChatTemplate chatTemplate = open(variables);
        for (const char* key : {"messages", "tools", "add_generation_prompt", "bos_token",
                                "eos_token", "pad_token", "unk_token"})
            variables.erase(key);
        const std::vector<Segment> segments = orFail(chatTemplate.render(
            messages, tools, generation.get<bool>() ? GenerationPrompt::Add : GenerationPrompt::Omit,
            variables));
        printText(jinja::joinSegments(segments));
    }

    /// In the file's order of keys, which templates print.
    [[nodiscard]] Json readVariables() const {
        static_cast<void>(readJsonFile(messagesFile)); // size, depth and syntax
        std::ifstream file(messagesFile, std::ios::binary);
        Json variables = Json::parse(file);
        if (!variables.is_object())
            throw CommandFailed(messagesFile + ": must be a JSON object with \"messages\"");
        return variables;
    }

    [[nodiscard]] ChatTemplate open(const Json& variables) const {
        if (model.ends_with(".jinja")) {
            std::ifstream file(model, std::ios::binary);
            if (!file)
                throw CommandFailed(model + ": cannot be read");
            const auto text = [&](const char* key) {
                const auto found = variables.find(key);
                return found != variables.end() && found->is_string() ? found->get<std::string>()
                                                                      : std::string();
            };
            return orFail(ChatTemplate::create(
                std::string(std::istreambuf_iterator<char>(file), {}),
                {text("bos_token"), text("eos_token"), text("pad_token"), text("unk_token")}));
        }
        std::error_code ignored;
        const std::string path =
            std::filesystem::exists(model, ignored)
                ? model
                : orFail(orFail(ModelLibrary::open(dataDirectory)).resolve(model)).path;
        std::optional<ChatTemplate> own = orFail(openChatTemplate(path));
        if (!own)
            throw CommandFailed(path + ": has no chat template");
        return *std::move(own);
    }
};

} // namespace

void addTemplate(CLI::App& program) {
    auto options = std::make_shared<Template>();
    CLI::App* command = program.add_subcommand("template", "Conversations to prompt text");
    command->footer("Example: hearth template starter --messages conversation.json");
    command->add_option("model", options->model, "MODEL, a folder with a tokenizer, or FILE.jinja")
        ->required();
    command
        ->add_option("--messages", options->messagesFile,
                     "JSON object: messages, tools, add_generation_prompt, further variables")
        ->required();
    command->add_option("--data-dir", options->dataDirectory, "Folder of the library");
    command->callback([options] { options->run(); });
}

} // namespace hearth::cli
