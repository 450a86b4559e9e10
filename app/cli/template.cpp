#include "cli/console.h"
#include "formats/json_file.h"
#include "hearth/model_library.h"
#include "text/named_template.h"
#include "text/open_chat_template.h"
#include "text/open_tokenizer.h"

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
    std::string name;
    std::string capability;
    std::string meta;

    void run() const {
        Json variables = readVariables();
        const Json messages = variables.value("messages", Json::array());
        const Json tools = variables.value("tools", Json());
        const Json generation = variables.value("add_generation_prompt", Json(false));
        if (!generation.is_boolean())
            throw CommandFailed(messagesFile + ": \"add_generation_prompt\" must be true or false");
        const ChatTemplate chatTemplate = name.empty() ? open(variables) : openNamed(variables);
        for (const char* key : {"messages", "tools", "add_generation_prompt", "bos_token",
                                "eos_token", "pad_token", "unk_token"})
            variables.erase(key);
        const std::vector<Segment> segments = orFail(chatTemplate.render(
            messages, tools,
            generation.get<bool>() ? GenerationPrompt::Add : GenerationPrompt::Omit, variables));
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

    static SpecialTokenTexts tokensIn(const Json& variables) {
        const auto text = [&](const char* key) {
            const auto found = variables.find(key);
            return found != variables.end() && found->is_string() ? found->get<std::string>()
                                                                  : std::string();
        };
        return {text("bos_token"), text("eos_token"), text("pad_token"), text("unk_token")};
    }

    [[nodiscard]] std::string modelPath() const {
        std::error_code ignored;
        return std::filesystem::exists(model, ignored)
                   ? model
                   : orFail(orFail(ModelLibrary::open(dataDirectory)).resolve(model)).path;
    }

    /// A named template. Without a MODEL its BOS is the one in the variables.
    [[nodiscard]] ChatTemplate openNamed(const Json& variables) const {
        NamedTemplate named = orFail(findNamedTemplate(name));
        if (!capability.empty())
            if (const auto set = named.setCapability(capability); !set)
                throw CommandFailed(set.error().message(), ExitStatus::WrongUsage);
        if (!meta.empty())
            named.meta = meta;
        if (model.empty())
            return named.chatTemplate(tokensIn(variables), true);
        const std::string path = modelPath();
        const auto tokenizer = openTokenizer(path);
        return named.chatTemplate(orFail(specialTokenTexts(path)),
                                  tokenizer && (*tokenizer)->addBos());
    }

    [[nodiscard]] ChatTemplate open(const Json& variables) const {
        if (model.empty())
            throw CommandFailed("hearth template needs a MODEL or --model-name",
                                ExitStatus::WrongUsage);
        if (model.ends_with(".jinja")) {
            std::ifstream file(model, std::ios::binary);
            if (!file)
                throw CommandFailed(model + ": cannot be read");
            return orFail(ChatTemplate::create(
                std::string(std::istreambuf_iterator<char>(file), {}), tokensIn(variables)));
        }
        const std::string path = modelPath();
        std::optional<ChatTemplate> own = orFail(openChatTemplate(path));
        if (!own)
            throw CommandFailed(path +
                                ": has no chat template of its own; --model-name renders one "
                                "of those that \"hearth list\" prints");
        return *std::move(own);
    }
};

} // namespace

void addTemplate(CLI::App& program) {
    auto options = std::make_shared<Template>();
    CLI::App* command = program.add_subcommand("template", "Conversations to prompt text");
    command->footer("Example: hearth template starter --messages conversation.json");
    command->add_option("model", options->model, "MODEL, a folder with a tokenizer, or FILE.jinja");
    CLI::Option* name = command->add_option(
        "--model-name", options->name,
        "A named template instead of the model's; `hearth list` has the names");
    command
        ->add_option("--cap", options->capability,
                     "What it is for: chat, completion, infilling or python")
        ->needs(name);
    command
        ->add_option("--meta-instruction", options->meta,
                     "System message of the named template instead of its own")
        ->needs(name);
    command
        ->add_option("--messages", options->messagesFile,
                     "JSON object: messages, tools, add_generation_prompt, further variables")
        ->required();
    command->add_option("--data-dir", options->dataDirectory, "Folder of the library");
    command->callback([options] { options->run(); });
}

} // namespace hearth::cli
