#include "cli/console.h"
#include "cli/ranges.h"
#include "cli/reply.h"
#include "cli/session.h"
#include "cli/token_lists.h"
#include "formats/safetensors_writer.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

struct Logits {
    ModelOptions model;
    std::string tokensFile;
    std::string decoderTokensFile;
    std::string outputFile;
    std::string batch = "together";
    std::int32_t greedy = 0;
    std::int32_t prefillChunk = 0;
    bool int8Activations = false;

    void run() {
        requireFolderOf(outputFile);
        readLists();
        chooseLoad();
        SafetensorsWriter writer;
        if (isEncoderDecoder)
            addEncoded(writer);
        const Session session = openSession(model);
        std::vector<Reply> replies = runAll(*session.engine, requests(true));
        // A rope that follows the length is that of the prompt in the logits, as in a forward pass
        // over the prompt alone, and that of the whole reply in greedy tokens.
        if (greedy > 1) {
            std::vector<Reply> longer = runAll(*session.engine, requests(false));
            for (std::size_t k = 0; k < replies.size(); ++k)
                replies[k].tokens = std::move(longer[k].tokens);
        }
        addReplies(writer, replies, session.engine->model().vocabularySize);
        orFail(writer.write(outputFile));
    }

private:
    using TokenLists = std::vector<std::vector<std::int32_t>>;

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

    void readLists() {
        const auto library = orFail(ModelLibrary::open(model.dataDirectory));
        const auto entry = library.resolve(model.model); // openSession() says what is wrong
        isEncoderDecoder = entry && entry->kind == ModelKind::EncoderDecoder;
        prompts = readTokenLists(tokensFile);
        if (decoderTokensFile.empty())
            return;
        if (entry && !isEncoderDecoder)
            throw CommandFailed("--decoder-tokens is for encoder–decoder models only",
                                ExitStatus::WrongUsage);
        decoderPrompts = readTokenLists(decoderTokensFile);
        if (decoderPrompts.size() != prompts.size())
            throw CommandFailed(fmt::format("{}: has {} lists, {} has {}", decoderTokensFile,
                                            decoderPrompts.size(), tokensFile, prompts.size()));
    }

    /// Rows of logits: tokens of the decoder, whose start token stands alone where none are given.
    [[nodiscard]] std::size_t rowsOf(std::size_t k) const {
        if (!isEncoderDecoder)
            return prompts[k].size();
        return decoderPrompts.empty() ? 1 : decoderPrompts[k].size();
    }

    void addEncoded(SafetensorsWriter& writer) const {
        EmbedderOptions options;
        options.pooling = Pooling::Mean; // not looked at
        const EmbedderSession session = openEmbedderSession(model, options);
        const auto encoded = orFail(session.embedder->embedTokens(prompts));
        for (std::size_t k = 0; k < encoded.size(); ++k)
            writer.add(fmt::format("encoder_{}", k),
                       {encoded[k].tokens, session.embedder->model().hiddenSize},
                       encoded[k].hidden);
    }

    /// Everything in f32 unless told, the cache as the activations; one prefill unless told.
    void chooseLoad() {
        std::size_t total = 0;
        std::size_t longest = 0;
        for (std::size_t k = 0; k < prompts.size(); ++k) {
            total += rowsOf(k);
            longest = std::max({longest, prompts[k].size(), rowsOf(k) + std::size_t(greedy)});
        }
        if (isEncoderDecoder && model.load.contextTokens == 0)
            model.load.contextTokens = std::int32_t(longest); // positions have no end
        model.load.neededTokens = std::int32_t(longest) + 1;
        model.load.promptLogits = true;
        model.load.exactActivations = !int8Activations;
        if (model.load.computeType == ComputeType::Auto)
            model.load.computeType = ComputeType::F32;
        if (model.load.kvType == KvType::Auto && model.load.computeType == ComputeType::F32)
            model.load.kvType = KvType::F32;
        model.load.stepTokens =
            prefillChunk > 0 ? prefillChunk : std::int32_t(std::max<std::size_t>(total, 1));
        model.load.mixedStepSeconds = 0.0; // --prefill-chunk says how large steps are
        model.load.queueCapacity =
            std::max(model.load.queueCapacity, std::int32_t(prompts.size()));
        model.load.maxBatchSize =
            std::clamp(std::int32_t(prompts.size()), 1, model.load.stepTokens);
    }

    [[nodiscard]] std::vector<Request> requests(bool logits) const {
        std::vector<Request> all;
        for (std::size_t k = 0; k < prompts.size(); ++k) {
            Request request;
            request.prompt = TokenPrompt{prompts[k]};
            if (!decoderPrompts.empty())
                request.decoderTokens = decoderPrompts[k];
            request.sampling.temperature = 0.0F;
            request.maxTokens = logits ? 1 : greedy;
            request.ignoreEos = true;
            request.usePrefixCache = false;
            request.promptLogits = logits;
            all.push_back(std::move(request));
        }
        return all;
    }

    void addReplies(SafetensorsWriter& writer, const std::vector<Reply>& replies,
                    std::int32_t vocabulary) const {
        for (std::size_t k = 0; k < replies.size(); ++k) {
            const std::size_t rows = rowsOf(k);
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
    }

    bool isEncoderDecoder = false;
    TokenLists prompts;
    TokenLists decoderPrompts; ///< Empty, or one for each prompt.
};

} // namespace

void addLogits(CLI::App& program) {
    auto options = std::make_shared<Logits>();
    CLI::App* command =
        program.add_subcommand("logits", "Logits at every position of given tokens");
    command->footer("Example: hearth logits starter --tokens tokens.json --output out.safetensors\n"
                    "Computes in f32, on a GPU too, unless --dtype says otherwise; the cache has "
                    "the type of the activations unless --kv-dtype does. Of an encoder–decoder "
                    "the encoder's states are written too (encoder_K).");
    command->add_option("model", options->model.model, "MODEL")->required();
    command->add_option("--tokens", options->tokensFile, "JSON list of lists of token ids")
        ->required();
    command->add_option("--output", options->outputFile, "safetensors file to write")->required();
    command->add_option("--decoder-tokens", options->decoderTokensFile,
                        "Encoder–decoder models: what the decoder reads, a list for each of "
                        "--tokens; else its start token")
        ->type_name("FILE");
    command->add_option("--greedy", options->greedy, "Also the likeliest N tokens that follow")
        ->check(atLeast(0));
    command->add_option("--prefill-chunk", options->prefillChunk, "Tokens a step")
        ->check(atLeast(1));
    command->add_option("--batch", options->batch, "together or alone")
        ->check(CLI::IsMember({"together", "alone"}));
    command->add_flag("--int8-activations", options->int8Activations,
                      "Multiply quantised weights as chats do");
    options->model.addTo(*command);
    command->callback([options] { options->run(); });
}

} // namespace hearth::cli
