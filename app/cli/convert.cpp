#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/ranges.h"
#include "cli/usage_formatter.h"
#include "convert/convert.h"
#include "convert/gguf_export.h"
#include "convert/tokenizer_files.h"
#include "models/architecture.h"
#include "models/model_kind.h"
#include "text/named_template.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <stop_token>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth::cli {

namespace {

/// The last line of stderr, if that is a terminal.
class ProgressLine {
public:
    void show(std::uint64_t done, std::uint64_t total) {
        constexpr int kWidth = 30;
        if (!m_enabled || total == 0)
            return;
        const int percent = int(100 * (double(done) / double(total)));
        const int filled = kWidth * percent / 100;
        fmt::print(stderr, "\r\x1b[K[{:#<{}}{:.<{}}] {:3}%", "", filled, "", kWidth - filled,
                   percent);
        std::fflush(stderr);
    }
    void clear() const {
        if (m_enabled)
            std::fputs("\r\x1b[K", stderr);
    }

private:
    bool m_enabled = isatty(STDERR_FILENO) != 0;
};

struct Convert {
    std::string modelName;
    std::string modelPath;
    std::string modelFormat;
    std::string tokenizerPath;
    std::string destination;
    std::string quantPath;
    std::string to = "workspace";
    std::string outType;
    int tensorParallel = 1;
    int groupSize = 0;

    void run() {
        if (modelName.empty() || modelPath.empty())
            throw CommandFailed("convert takes NAME and PATH; --help shows an example",
                                ExitStatus::WrongUsage);
        requireName();
        requireGroupSize();
        if (modelFormat == "llama")
            throw CommandFailed(modelPath +
                                ": Meta's original llama files (.pth) are pickles, which can run "
                                "code, and are not opened; use the model's safetensors version, "
                                "with --model-format hf");
        const Checkpoint checkpoint = orFail(Checkpoint::open(quantPath.empty() ? modelPath
                                                                                : quantPath));
        requireFormat(checkpoint);
        ConvertOptions options = optionsFor(checkpoint);
        printHead(checkpoint, options);
        const InterruptGuard guard(InterruptGuard::Signals::All);
        std::stop_source stop;
        ProgressLine line;
        const auto bytes = [&](std::uint64_t done, std::uint64_t total) {
            line.show(done, total);
            if (isInterrupted())
                stop.request_stop();
        };
        const auto converted =
            to == "gguf"
                ? convertToGguf(checkpoint, options,
                                {[&](const std::string& name, const std::string& shape,
                                     const std::string& type) {
                                     line.clear();
                                     printText(fmt::format("### writing {}, shape={}, type={}\n",
                                                           name, shape, type));
                                 },
                                 bytes,
                                 [&](const std::string& note) { printMessage("note: " + note); }},
                                stop.get_token())
                : convertToWorkspace(checkpoint, options,
                                     {[&](const WorkspaceEntry& entry, bool isCut) {
                                          line.clear();
                                          printWeight(entry, isCut);
                                      },
                                      bytes},
                                     stop.get_token());
        line.clear();
        orFail(converted);
        printMessage("Wrote " + options.destination.string());
    }

    void requireName() const {
        std::vector<std::string> names = namedTemplateNames();
        for (const ArchitectureInfo& architecture : supportedArchitectures())
            names.emplace_back(architecture.modelType);
        for (const std::string_view architecture : encoderArchitectures())
            names.emplace_back(architecture);
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        if (!std::binary_search(names.begin(), names.end(), modelName))
            throw CommandFailed(fmt::format("{}: there is no such model name; the names are {}",
                                            modelName, fmt::join(names, ", ")));
    }

    /// As LMDeploy does, though the checkpoint says it too: scripts rely on being told.
    void requireGroupSize() const {
        if (modelFormat == "awq" && groupSize == 0)
            throw CommandFailed("--model-format awq needs --group-size N, the weights a group has "
                                "(mostly 128)",
                                ExitStatus::WrongUsage);
    }

    void requireFormat(const Checkpoint& checkpoint) const {
        const std::string is = modelFormatOf(checkpoint);
        if (!modelFormat.empty() && modelFormat != is && !(modelFormat == "hf" && is != "gguf"))
            throw CommandFailed(fmt::format("{}: the model's format is {}, not {}; leave "
                                            "--model-format out",
                                            modelPath, is, modelFormat));
        const int own = groupSizeOf(checkpoint);
        if (groupSize > 0 && groupSize != own)
            throw CommandFailed(
                own > 0 ? fmt::format("{}: its groups have {} weights, not {}; leave --group-size "
                                      "out",
                                      modelPath, own, groupSize)
                        : fmt::format("{}: is not quantised in groups; leave --group-size out",
                                      modelPath));
    }

    [[nodiscard]] ConvertOptions optionsFor(const Checkpoint& checkpoint) const {
        ConvertOptions options;
        options.modelName = modelName;
        options.tensorParallel = tensorParallel;
        options.outType = outType;
        options.destination = destination;
        if (destination.empty())
            options.destination = to == "gguf" ? modelName + ".gguf" : "./workspace";
        options.tokenizer = orFail(tokenizerPathOf(checkpoint, tokenizerPath));
        if (options.tokenizer.empty() && !quantPath.empty())
            options.tokenizer =
                orFail(tokenizerPathOf(orFail(Checkpoint::open(modelPath)), {}));
        if (options.tokenizer.empty())
            printMessage("warning: " + modelPath +
                         " has no tokenizer; the result will take token ids only. Give one with "
                         "--tokenizer-path");
        return options;
    }

    void printHead(const Checkpoint& checkpoint, const ConvertOptions& options) const {
        const auto line = [](const char* key, const std::string& value) {
            printText(fmt::format("{:<22} {}\n", key, value.empty() ? "None" : value));
        };
        line("model_name", modelName);
        line("model_format", modelFormat);
        line("inferred_model_format", modelFormatOf(checkpoint));
        line("model_path", modelPath);
        line("tokenizer_path", options.tokenizer.string());
        line("output_format", checkpoint.mainType());
    }

    static void printWeight(const WorkspaceEntry& entry, bool isCut) {
        std::int64_t rows = 0;
        for (const WorkspaceSegment& segment : entry.segments)
            rows += segment.rows;
        const std::int64_t columns = entry.segments.front().columns;
        const std::string shape = columns == 1 ? fmt::format("[{}]", rows)
                                               : fmt::format("[{}, {}]", rows, columns);
        if (isCut)
            printText(fmt::format("*** splitting {}, shape={}, split_dim={}\n", entry.name, shape,
                                  entry.segments.front().panels > 1 ? 1 : 0));
        else
            printText(fmt::format("### copying {}, shape={}\n", entry.name, shape));
    }
};

} // namespace

void addConvert(CLI::App& program) {
    auto options = std::make_shared<Convert>();
    CLI::App* command =
        program.add_subcommand("convert", "Make a workspace, or a GGUF file, of a model");
    command->footer("Example: hearth convert llama2 ~/models/Llama-2-7b-chat-hf --dst-path "
                    "./workspace\nNAME is one of those that \"hearth list\" prints, which names "
                    "a chat template, or an architecture of \"hearth list --architectures\", as "
                    "bert or t5. What is in the destination's place is replaced if it is a "
                    "workspace or an empty folder.");
    command->formatter(std::make_shared<UsageFormatter>("NAME PATH"));
    command->add_option("name,--model-name", options->modelName,
                        "NAME of the model; behind the command or as an option");
    command->add_option("path,--model-path", options->modelPath,
                        "Hugging Face folder, GGUF file or workspace; likewise");
    command
        ->add_option("--model-format", options->modelFormat,
                     "hf, llama, awq, gptq or gguf; found out if left out")
        ->check(CLI::IsMember({"hf", "llama", "awq", "gptq", "gguf"}));
    command->add_option("--tokenizer-path", options->tokenizerPath,
                        "Tokenizer's file or folder, if the model has none beside it");
    command->add_option("--dst-path", options->destination,
                        "Where to write (default: ./workspace, or NAME.gguf)");
    command->add_option("--tp", options->tensorParallel, "GPUs that will share it; a power of two")
        ->check(CLI::Validator(
            [](const std::string& text) {
                static constexpr std::array kRanks{"1", "2", "4", "8", "16", "32", "64", "128"};
                for (const char* ranks : kRanks)
                    if (text == ranks)
                        return std::string();
                return std::string("must be a power of two within 1 and 128");
            },
            "N"));
    command->add_option("--quant-path", options->quantPath,
                        "Folder with the quantised weights, if they are elsewhere");
    command->add_option("--group-size", options->groupSize,
                        "Weights a group of a quantised model; must be what the model has; "
                        "--model-format awq needs it")
        ->check(atLeast(0));
    command->add_option("--to", options->to, "workspace, or gguf for a file that llama.cpp reads")
        ->check(CLI::IsMember({"workspace", "gguf"}));
    command
        ->add_option("--outtype", options->outType,
                     "Of a GGUF file: f32, f16, bf16 or q8_0 (default: the source's; F16 for "
                     "checkpoints quantised in groups)")
        ->check(CLI::IsMember({"f32", "f16", "bf16", "q8_0"}));
    command->callback([options] { options->run(); });
}

} // namespace hearth::cli
