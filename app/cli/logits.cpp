#include "cli/console.h"
#include "cli/reply.h"
#include "cli/session.h"
#include "formats/safetensors_writer.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

struct Logits {
    ModelOptions model;
    std::string tokensFile;
    std::string outputFile;
    std::string batch = "together";
    std::int32_t greedy = 0;
    std::int32_t prefillChunk = 0;
    bool int8Activations = false;

    void run() {
        requireFolder();
        const std::vector<std::vector<std::int32_t>> prompts = readPrompts();
        chooseLoad(prompts);
        const Session session = openSession(model);
        std::vector<Reply> replies = runAll(*session.engine, requests(prompts, true));
        // A rope that follows the length is that of the prompt in the logits, as in a forward pass
        // over the prompt alone, and that of the whole reply in greedy tokens.
        if (greedy > 1) {
            std::vector<Reply> longer = runAll(*session.engine, requests(prompts, false));
            for (std::size_t k = 0; k < replies.size(); ++k)
                replies[k].tokens = std::move(longer[k].tokens);
        }
        write(prompts, replies, session.engine->model().vocabularySize);
    }

    [[nodiscard]] std::vector<Reply> runAll(Engine& engine, std::vector<Request> all) const {
        std::vector<Reply> replies;
        if (batch == "together") {
            replies = runRequests(engine, std::move(all));
        } else {
            for (Request& request : all)
                replies.push_back(runRequest(engine, std::move(request)));
        }
        requireWhole(replies);
        return replies;
    }

    /// Before the work, not after it.
    void requireFolder() const {
        const std::filesystem::path folder = std::filesystem::path(outputFile).parent_path();
        std::error_code error;
        if (!folder.empty() && !std::filesystem::is_directory(folder, error))
            throw CommandFailed(outputFile + ": the folder " + folder.string() +
                                " does not exist");
    }

    [[nodiscard]] std::vector<std::vector<std::int32_t>> readPrompts() const {
        const nlohmann::json document = readJsonFile(tokensFile);
        const auto bad = [&] {
            return CommandFailed(tokensFile + ": must be a JSON list of lists of token ids");
        };
        if (!document.is_array())
            throw bad();
        std::vector<std::vector<std::int32_t>> prompts;
        for (const nlohmann::json& list : document) {
            if (!list.is_array() || list.empty())
                throw bad();
            std::vector<std::int32_t>& prompt = prompts.emplace_back();
            for (const nlohmann::json& id : list) {
                if (!id.is_number_integer() || id.get<std::int64_t>() < 0 ||
                    id.get<std::int64_t>() > std::numeric_limits<std::int32_t>::max())
                    throw bad();
                prompt.push_back(id.get<std::int32_t>());
            }
        }
        return prompts;
    }

    /// Everything in f32 unless told, the cache as the activations; one prefill unless told.
    void chooseLoad(const std::vector<std::vector<std::int32_t>>& prompts) {
        std::size_t total = 0;
        std::size_t longest = 0;
        for (const auto& prompt : prompts) {
            total += prompt.size();
            longest = std::max(longest, prompt.size());
        }
        model.load.neededTokens = std::int32_t(longest) + std::max(greedy, 1);
        model.load.promptLogits = true;
        model.load.exactActivations = !int8Activations;
        if (model.load.computeType == ComputeType::Auto)
            model.load.computeType = ComputeType::F32;
        if (model.load.kvType == KvType::Auto && model.load.computeType == ComputeType::F32)
            model.load.kvType = KvType::F32;
        model.load.stepTokens = prefillChunk > 0 ? prefillChunk : std::int32_t(std::max<std::size_t>(total, 1));
        model.load.queueCapacity =
            std::max(model.load.queueCapacity, std::int32_t(prompts.size()));
        model.load.maxBatchSize =
            std::clamp(std::int32_t(prompts.size()), 1, model.load.stepTokens);
    }

    [[nodiscard]] std::vector<Request>
    requests(const std::vector<std::vector<std::int32_t>>& prompts, bool logits) const {
        std::vector<Request> all;
        for (const auto& prompt : prompts) {
            Request request;
            request.prompt = TokenPrompt{prompt};
            request.sampling.temperature = 0.0F;
            request.maxTokens = logits ? 1 : greedy;
            request.ignoreEos = true;
            request.usePrefixCache = false;
            request.promptLogits = logits;
            all.push_back(std::move(request));
        }
        return all;
    }

    void write(const std::vector<std::vector<std::int32_t>>& prompts,
               const std::vector<Reply>& replies, std::int32_t vocabulary) const {
        SafetensorsWriter writer;
        for (std::size_t k = 0; k < replies.size(); ++k) {
            const std::size_t rows = prompts[k].size();
            std::vector<float> logits(rows * std::size_t(vocabulary));
            for (const LogitsEvent& part : replies[k].logits) {
                if (std::size_t(part.first) + std::size_t(part.rows) > rows)
                    throw CommandFailed("internal error: logits outside of the prompt");
                std::copy(part.logits.begin(), part.logits.end(),
                          logits.begin() + std::ptrdiff_t(part.first) * vocabulary);
            }
            writer.add(fmt::format("logits_{}", k), {std::int64_t(rows), vocabulary}, logits);
            if (greedy > 0) {
                if (replies[k].tokens.size() != std::size_t(greedy))
                    throw CommandFailed(fmt::format("list {}: only {} of {} greedy tokens fit the "
                                                    "context",
                                                    k, replies[k].tokens.size(), greedy));
                const std::vector<std::int64_t> tokens(replies[k].tokens.begin(),
                                                       replies[k].tokens.end());
                writer.add(fmt::format("greedy_{}", k), {std::int64_t(tokens.size())}, tokens);
            }
        }
        orFail(writer.write(outputFile));
    }
};

} // namespace

void addLogits(CLI::App& program) {
    auto options = std::make_shared<Logits>();
    CLI::App* command = program.add_subcommand("logits", "Logits at every position of given tokens");
    command->footer("Example: hearth logits starter --tokens tokens.json --output out.safetensors\n"
                    "Computes in f32, on a GPU too, unless --dtype says otherwise; the cache has "
                    "the type of the activations unless --kv-dtype does.");
    command->add_option("model", options->model.model, "MODEL")->required();
    command->add_option("--tokens", options->tokensFile, "JSON list of lists of token ids")
        ->required();
    command->add_option("--output", options->outputFile, "safetensors file to write")->required();
    command->add_option("--greedy", options->greedy, "Also the likeliest N tokens that follow")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--prefill-chunk", options->prefillChunk, "Tokens a step")
        ->check(CLI::PositiveNumber);
    command->add_option("--batch", options->batch, "together or alone")
        ->check(CLI::IsMember({"together", "alone"}));
    command->add_flag("--int8-activations", options->int8Activations,
                      "Multiply quantised weights as chats do");
    options->model.addTo(*command);
    command->callback([options] { options->run(); });
}

} // namespace hearth::cli
