#include "cli/console.h"
#include "hearth/model_library.h"
#include "text/named_template.h"
#include "text/open_tokenizer.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>

namespace hearth::cli {

namespace {

struct Tokenize {
    std::string model;
    std::string dataDirectory;
    std::string textsFile;
    std::string templateName;
    bool special = false;
    bool json = false;

    void run() const {
        const auto tokenizer = orFail(openTokenizer(modelPath()));
        const nlohmann::json texts = readJsonFile(textsFile);
        if (!texts.is_array())
            throw CommandFailed(textsFile + ": must be a JSON list of strings");
        nlohmann::json all = nlohmann::json::array();
        for (const nlohmann::json& text : texts) {
            if (!text.is_string())
                throw CommandFailed(textsFile + ": must be a JSON list of strings");
            const auto ids =
                orFail(tokenizer->encode(prompted(text.get<std::string>()), {true, special}));
            if (json)
                all.push_back({{"ids", ids}, {"decoded", tokenizer->decode(ids)}});
            else
                printText(nlohmann::json(ids).dump() + "\n");
        }
        if (json)
            printJson(all);
    }

    /// The text as a first question of the named template, if there is one.
    [[nodiscard]] std::string prompted(std::string text) const {
        if (templateName.empty())
            return text;
        return orFail(orFail(findNamedTemplate(templateName)).prompt(text, SequenceStart::Yes));
    }

    /// A folder or file as it is (it may hold a tokenizer only), else a name in the library.
    [[nodiscard]] std::string modelPath() const {
        std::error_code ignored;
        if (std::filesystem::exists(model, ignored))
            return model;
        return orFail(orFail(ModelLibrary::open(dataDirectory)).resolve(model)).path;
    }
};

} // namespace

void addTokenize(CLI::App& program) {
    auto tokenize = std::make_shared<Tokenize>();
    CLI::App* command = program.add_subcommand("tokenize", "Texts to token ids and back");
    command->footer("Example: hearth tokenize starter --texts texts.json --json");
    command->add_option("model", tokenize->model, "MODEL or a folder with a tokenizer")->required();
    command->add_option("--texts", tokenize->textsFile, "JSON list of strings")->required();
    command->add_option("--model-name", tokenize->templateName,
                        "Each text is a question that this named template frames");
    command->add_flag("--special", tokenize->special, "Add BOS and EOS as the tokenizer does");
    command->add_flag("--json", tokenize->json, "Print a list of {ids, decoded}");
    command->add_option("--data-dir", tokenize->dataDirectory, "Folder of the library");
    command->callback([tokenize] { tokenize->run(); });
}

} // namespace hearth::cli
