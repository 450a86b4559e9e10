#include "base/byte_text.h"
#include "cli/console.h"
#include "cli/fetch_starter.h"
#include "hearth/model_library.h"

#include <CLI/CLI.hpp>

#include <memory>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

nlohmann::json toJson(const LibraryModel& model) {
    return {{"name", model.name},
            {"path", model.path},
            {"architecture", model.architecture},
            {"quantization", model.quantisation},
            {"license", model.license},
            {"bytes", model.bytes},
            {"parameters", model.parameters},
            {"context", model.trainedContext},
            {"chat_template", model.hasChatTemplate},
            {"starter", model.isStarter},
            {"problem", model.problem}};
}

struct Models {
    std::string dataDirectory;
    std::string argument;
    bool json = false;

    [[nodiscard]] ModelLibrary open() const { return orFail(ModelLibrary::open(dataDirectory)); }

    void list(const ModelLibrary& library) const {
        if (json) {
            nlohmann::json all = nlohmann::json::array();
            for (const LibraryModel& model : library.models())
                all.push_back(toJson(model));
            printJson(all);
            return;
        }
        if (library.models().empty()) {
            printMessage("The library is empty. \"hearth models pull starter\" gets a small model, "
                         "\"hearth models add PATH\" takes one that you have.");
            return;
        }
        printText(fmt::format("{:<28} {:<8} {:<8} {:>8} {:>9}\n", "NAME", "ARCH", "QUANT", "SIZE",
                              "CONTEXT"));
        for (const LibraryModel& model : library.models())
            printText(fmt::format("{:<28} {:<8} {:<8} {:>8} {:>9}{}\n", model.name,
                                  model.architecture, model.quantisation, byteText(model.bytes),
                                  model.trainedContext,
                                  model.problem.empty() ? "" : "  cannot be loaded"));
    }

    void show() const {
        const LibraryModel model = orFail(open().resolve(argument));
        if (json) {
            printJson(toJson(model));
            return;
        }
        printText(fmt::format("name: {}\npath: {}\narchitecture: {}\nquantization: {}\n"
                              "parameters: {:.1f} M\nsize: {}\ncontext: {} tokens\n"
                              "chat template: {}\nlicense: {}\n",
                              model.name, model.path, model.architecture, model.quantisation,
                              double(model.parameters) / 1e6, byteText(model.bytes),
                              model.trainedContext, model.hasChatTemplate ? "own" : "ChatML",
                              model.license.empty() ? "not stated" : model.license));
        if (!model.problem.empty())
            printText("problem: " + model.problem + "\n");
    }

    void report(const LibraryModel& model, std::string_view done) const {
        if (json)
            printJson(toJson(model));
        else
            printMessage(fmt::format("{} {} ({})", done, model.name, model.path));
    }

    void pull() const {
        if (argument != "starter")
            throw CommandFailed(argument + ": this build pulls \"starter\" only; download the "
                                           "model and use \"hearth models add PATH\"");
        ModelLibrary library = open();
        if (const auto present = library.resolve("starter");
            present && present->problem.empty()) {
            report(*present, "Already there:");
            return;
        }
        const StarterDownload download = fetchStarter();
        report(orFail(library.installStarter(download.file())), "Installed");
    }
};

} // namespace

void addModels(CLI::App& program) {
    auto models = std::make_shared<Models>();
    CLI::App* command = program.add_subcommand("models", "The models on this machine");
    command->footer("Example: hearth models add ~/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf");
    command->require_subcommand(0, 1);
    command->fallthrough();
    command->add_option("--data-dir", models->dataDirectory, "Folder of the library");
    command->add_flag("--json", models->json, "Print one JSON document");
    command->callback([models, command] {
        if (command->get_subcommands().empty())
            models->list(models->open());
    });
    const auto add = [&](const char* name, const char* text, const std::string& example) {
        CLI::App* sub = command->add_subcommand(name, text);
        sub->fallthrough();
        sub->footer("Example: hearth models " + example);
        return sub;
    };
    const auto addWith = [&](const char* name, const char* text, const std::string& example,
                             const char* argument, const char* meaning) {
        CLI::App* sub = add(name, text, example);
        sub->add_option(argument, models->argument, meaning)->required();
        return sub;
    };
    add("list", "Every model with architecture, size and context", "list")->callback([models] {
        models->list(models->open());
    });
    add("scan", "Look at the folders again", "scan")->callback([models] {
        models->list(models->open());
    });
    addWith("show", "All about one model", "show starter", "model",
            "Name in the library, or path of a model")
        ->callback([models] { models->show(); });
    addWith("add", "Take a model, or a folder of models, where it is", "add ~/models", "path",
            "GGUF file, Hugging Face folder, or folder of models")
        ->callback([models] {
            ModelLibrary library = models->open();
            models->report(orFail(library.add(models->argument)), "Added");
        });
    addWith("remove", "Forget an added model; delete one of the library's own",
            "remove Qwen2.5-7B-Instruct-Q4_K_M", "model", "Name in the library")
        ->callback([models] {
            ModelLibrary library = models->open();
            orFail(library.remove(models->argument));
            if (models->json)
                printJson({{"removed", models->argument}});
            else
                printMessage("Removed " + models->argument);
        });
    addWith("pull", "Download a model: starter", "pull starter", "model", "Its name: starter")
        ->callback([models] { models->pull(); });
}

} // namespace hearth::cli
