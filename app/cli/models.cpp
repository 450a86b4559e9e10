#include "base/byte_text.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/ranges.h"
#include "hearth/catalogue.h"
#include "hearth/download.h"
#include "hearth/found_models.h"
#include "hearth/host.h"
#include "hearth/model_details.h"
#include "hearth/model_library.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

std::string_view kindName(ModelKind kind) {
    switch (kind) {
    case ModelKind::Encoder:
        return "encoder";
    case ModelKind::EncoderDecoder:
        return "encoder-decoder";
    case ModelKind::Decoder:
        break;
    }
    return "decoder";
}

nlohmann::json toJson(const LibraryModel& model) {
    return {{"name", model.name},
            {"path", model.path},
            {"architecture", model.architecture},
            {"kind", kindName(model.kind)},
            {"quantization", model.quantisation},
            {"license", model.license},
            {"bytes", model.bytes},
            {"parameters", model.parameters},
            {"context", model.trainedContext},
            {"chat_template", model.hasChatTemplate},
            {"stand_in_template", model.standInTemplate},
            {"starter", model.isStarter},
            {"problem", model.problem}};
}

struct Models {
    std::string dataDirectory;
    std::string argument;
    std::string endpoint;
    std::string proxy;
    int connections = DownloadOptions().connections;
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
        printTable(library.models());
    }

    static void printTable(const std::vector<LibraryModel>& models) {
        std::size_t name = 4;
        std::size_t architecture = 4;
        std::size_t quantisation = 5;
        for (const LibraryModel& model : models) {
            name = std::max(name, model.name.size());
            architecture = std::max(architecture, model.architecture.size());
            quantisation = std::max(quantisation, model.quantisation.size());
        }
        const auto row = [&](std::string_view first, std::string_view second,
                             std::string_view third, const std::string& bytes,
                             const std::string& context, std::string_view remark) {
            printText(fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>9}  {:>8}{}\n", first, name, second,
                                  architecture, third, quantisation, bytes, context, remark));
        };
        row("NAME", "ARCH", "QUANT", "SIZE", "CONTEXT", "");
        for (const LibraryModel& model : models)
            row(model.name, model.architecture, model.quantisation,
                model.bytes > 0 ? byteText(model.bytes) : "",
                model.trainedContext > 0 ? std::to_string(model.trainedContext) : "",
                model.problem.empty() ? "" : "  cannot be loaded");
    }

    static std::string_view makes(const LibraryModel& model) {
        switch (model.kind) {
        case ModelKind::Encoder:
            return "embeddings (an embedding model)";
        case ModelKind::EncoderDecoder:
            return "text from a text (encoder–decoder)";
        case ModelKind::Decoder:
            break;
        }
        return "text";
    }
    static std::string_view templateOf(const LibraryModel& model) {
        if (model.hasChatTemplate)
            return "own";
        return model.standInTemplate.empty() ? "none" : model.standInTemplate;
    }

    /// What is known; of a model that cannot be opened that is little.
    static void printFacts(const LibraryModel& model) {
        const auto fact = [](std::string_view name, std::string_view value) {
            if (!value.empty())
                printText(fmt::format("{}: {}\n", name, value));
        };
        fact("name", model.name);
        fact("path", model.path);
        fact("architecture", model.architecture);
        fact("quantization", model.quantisation);
        if (model.parameters > 0)
            fact("parameters", countText(model.parameters));
        if (model.bytes > 0)
            fact("size", byteText(model.bytes));
        if (model.problem.empty()) {
            fact("context", fmt::format("{} tokens", model.trainedContext));
            fact("makes", makes(model));
            fact("chat template", templateOf(model));
            fact("license", model.license.empty() ? "not stated" : model.license);
        }
        fact("problem", model.problem);
    }

    static std::string countText(std::uint64_t count) {
        return count < 1'000'000 ? std::to_string(count)
                                 : fmt::format("{:.1f} M", double(count) / 1e6);
    }

    void show() const {
        LibraryModel model = orFail(open().resolve(argument));
        const auto details = describeParts(model.path);
        if (!details && model.problem.empty()) // a tensor is missing or has another shape
            model.problem = details.error().message();
        const std::vector<DeviceDescription> devices = orFail(createHost({}))->devices();
        if (json) {
            nlohmann::json document = toJson(model);
            if (details)
                addDetails(*details, devices, document);
            printJson(document);
            return;
        }
        printFacts(model);
        if (details)
            printDetails(*details, devices);
    }

    static void addDetails(const ModelDetails& details,
                           const std::vector<DeviceDescription>& devices,
                           nlohmann::json& document) {
        for (const ModelPart& part : details.parts)
            document["parts"][part.name] = {{"bytes", part.bytes},
                                            {"parameters", part.parameters}};
        document["kv_bytes_per_token"] = details.kvBytesPerToken + details.windowBytesPerToken;
        document["window"] = details.window;
        for (const DeviceDescription& device : devices)
            document["largest_context"][device.id] = details.largestContext(device.memoryBudget);
    }

    static void printDetails(const ModelDetails& details,
                             const std::vector<DeviceDescription>& devices) {
        printText("parts:\n");
        for (const ModelPart& part : details.parts)
            printText(fmt::format("  {:<13} {:>9}  {:>11} parameters\n", part.name,
                                  byteText(part.bytes), countText(part.parameters)));
        const std::uint64_t cache = details.kvBytesPerToken + details.windowBytesPerToken;
        if (cache > 0)
            printText(fmt::format("KV cache: {} a token in 16 bits", byteText(cache)));
        if (details.window > 0)
            printText(fmt::format(", {} of it for the last {} tokens only",
                                  byteText(details.windowBytesPerToken), details.window));
        if (cache > 0)
            printText("\n");
        for (const DeviceDescription& device : devices)
            printText(fmt::format("largest context on {}: {} tokens\n", device.id,
                                  details.largestContext(device.memoryBudget)));
    }

    void report(const LibraryModel& model, std::string_view done) const {
        if (json)
            printJson(toJson(model));
        else
            printMessage(fmt::format("{} {} ({})", done, model.name, model.path));
    }

    /// A folder of models is one place with all of them.
    void reportAdded(const ModelLibrary& library, const LibraryModel& model) const {
        if (json || model.place != ModelPlace::Folder) {
            report(model, "Added");
            return;
        }
        const std::string folder = library.folders().back() + "/";
        const auto count = std::ranges::count_if(library.models(), [&](const LibraryModel& one) {
            return one.path.starts_with(folder);
        });
        printMessage(
            fmt::format("Added {} ({} {})", folder, count, count == 1 ? "model" : "models"));
    }

    void pull() const {
        ModelLibrary library = open();
        if (argument == "starter")
            pullStarter(library);
        else
            pullFromHub(library);
    }

    void pullStarter(ModelLibrary& library) const {
        if (const auto present = library.resolve("starter");
            present && present->problem.empty()) {
            report(*present, "Already there:");
            return;
        }
        // pip runs in a group of its own, which the terminal's Ctrl+C does not reach.
        const InterruptGuard guard;
        std::stop_source stop;
        DownloadBar bar;
        const auto fetched = fetchStarter(
            library.modelsDirectory(), options(),
            [&](const DownloadProgress& progress) {
                bar.show(progress);
                if (isInterrupted())
                    stop.request_stop();
            },
            stop.get_token());
        orFail(fetched);
        orFail(library.scan());
        report(orFail(library.resolve("starter")), "Installed");
    }

    void pullFromHub(ModelLibrary& library) const {
        const InterruptGuard guard;
        std::stop_source stop;
        DownloadBar bar;
        const DownloadObserver observer = [&](const DownloadProgress& progress) {
            bar.show(progress);
            if (isInterrupted())
                stop.request_stop();
        };
        const std::optional<HubFile> file = hubFile();
        const auto path =
            file ? downloadFromHub(*file, library.modelsDirectory(), options(), observer,
                                   stop.get_token())
                 : downloadModel(repository(), library.modelsDirectory(), options(), observer,
                                 stop.get_token());
        orFail(path);
        orFail(library.scan());
        const LibraryModel model = orFail(library.resolve(*path));
        report(model, "Downloaded");
        if (!model.problem.empty())
            printMessage("It cannot be loaded: " + model.problem);
    }

    /// A model of the catalogue by its name, or hf:ORG/NAME/FILE.gguf.
    [[nodiscard]] std::optional<HubFile> hubFile() const {
        HubFile file;
        for (const CatalogueModel& model : catalogue())
            if (model.name == argument) {
                file.repository = model.repository;
                file.file = model.file;
                file.approximateBytes = model.approximateBytes;
                return file;
            }
        constexpr std::string_view kHub = "hf:";
        const std::size_t owner = argument.find('/');
        const std::size_t name = owner == std::string::npos ? owner : argument.find('/', owner + 1);
        if (!argument.starts_with(kHub) || name == std::string::npos)
            return std::nullopt;
        file.repository = argument.substr(kHub.size(), name - kHub.size());
        file.file = argument.substr(name + 1);
        return file;
    }

    [[nodiscard]] HubRepository repository() const {
        if (auto parsed = parseHubRepository(argument))
            return *std::move(parsed);
        std::string names = "starter";
        for (const CatalogueModel& model : catalogue())
            names += ", " + std::string(model.name);
        throw CommandFailed(argument + ": not in the catalogue (" + names +
                            "), and not of the form hf:ORG/NAME or modelscope:ORG/NAME");
    }

    [[nodiscard]] DownloadOptions options() const {
        DownloadOptions download;
        download.endpoint = endpoint;
        download.proxy = proxy;
        download.connections = connections;
        return download;
    }

    static std::string_view nameOf(ModelOrigin origin) {
        switch (origin) {
        case ModelOrigin::HuggingFace:
            return "Hugging Face";
        case ModelOrigin::LmStudio:
            return "LM Studio";
        case ModelOrigin::Ollama:
            return "Ollama";
        case ModelOrigin::Jan:
            return "Jan";
        case ModelOrigin::Gpt4All:
            return "GPT4All";
        case ModelOrigin::LlamaCpp:
            return "llama.cpp";
        }
        return "";
    }

    /// What other programs have.
    void find() const {
        const std::vector<FoundModel> found = findModels(searchPlaces());
        if (json) {
            nlohmann::json all = nlohmann::json::array();
            for (const FoundModel& model : found) {
                all.push_back(toJson(model.model));
                all.back()["origin"] = nameOf(model.origin);
            }
            printJson(all);
            return;
        }
        if (found.empty()) {
            printMessage("No models of other programs were found.");
            return;
        }
        const auto row = [](std::string_view name, std::string_view architecture,
                            std::string_view quantisation, const std::string& bytes,
                            std::string_view origin, const std::string& path) {
            printText(fmt::format("{:<28} {:<10} {:<8} {:>9} {:<13} {}\n", name, architecture,
                                  quantisation, bytes, origin, path));
        };
        row("NAME", "ARCH", "QUANT", "SIZE", "OF", "PATH");
        for (const FoundModel& model : found)
            row(model.model.name, model.model.architecture, model.model.quantisation,
                byteText(model.model.bytes), nameOf(model.origin),
                model.model.path + (model.model.problem.empty() ? "" : "  cannot be loaded"));
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
            "GGUF file, Hugging Face folder, workspace, or folder of models")
        ->callback([models] {
            ModelLibrary library = models->open();
            models->reportAdded(library, orFail(library.add(models->argument)));
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
    add("find", "Models of other programs on this machine", "find")->callback([models] {
        models->find();
    });
    CLI::App* pull = addWith("pull", "Download a model; goes on where it was cut",
                             "pull hf:Qwen/Qwen2.5-7B-Instruct-GGUF:Q4_K_M", "model",
                             "starter, a name of the catalogue, hf:ORG/NAME or modelscope:ORG/NAME "
                             "(with :VARIANT of a GGUF, @REVISION), or hf:ORG/NAME/FILE.gguf");
    pull->add_option("--endpoint", models->endpoint, "A mirror of the hub (default: $HF_ENDPOINT)");
    pull->add_option("--connections", models->connections, "For one large file")
        ->check(between(1, 16));
    pull->add_option("--proxy", models->proxy, "http://host:port (default: the environment's)");
    pull->callback([models] { models->pull(); });
}

} // namespace hearth::cli
