#include "cli/console.h"
#include "cli/session.h"
#include "cli/token_lists.h"
#include "cli/usage_formatter.h"
#include "formats/safetensors_writer.h"

#include <memory>
#include <string_view>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

std::string_view nameOf(Pooling pooling) {
    switch (pooling) {
    case Pooling::Cls:
        return "cls";
    case Pooling::Last:
        return "last";
    case Pooling::Mean:
        break;
    }
    return "mean";
}

struct Embed {
    ModelOptions model;
    EmbedderOptions embedder;
    std::string tokensFile;
    std::string outputFile;
    bool truncate = false;
    bool json = false;

    void run(const std::vector<std::string>& texts) {
        if (tokensFile.empty() != outputFile.empty() || tokensFile.empty() == texts.empty())
            throw CommandFailed("embed takes texts, or --tokens FILE.json and --output "
                                "FILE.safetensors; --help shows examples",
                                ExitStatus::WrongUsage);
        if (texts.empty())
            writeTokens();
        else
            printTexts(texts);
    }

private:
    void printTexts(const std::vector<std::string>& texts) {
        const EmbedderSession session = openEmbedderSession(model, embedder);
        const auto embeddings = orFail(session.embedder->embed(
            texts, truncate ? TooLong::Cut : TooLong::Fail));
        nlohmann::json vectors = nlohmann::json::array();
        nlohmann::json tokens = nlohmann::json::array();
        for (const Embedding& embedding : embeddings) {
            vectors.push_back(embedding.values);
            tokens.push_back(embedding.tokens);
        }
        // Compact: a vector has hundreds of numbers, which would be a line each.
        const nlohmann::json document{{"model", session.entry.name},
                                      {"pooling", nameOf(session.embedder->pooling())},
                                      {"normalized", session.embedder->normalises()},
                                      {"dimensions", session.embedder->model().hiddenSize},
                                      {"prompt_tokens", std::move(tokens)},
                                      {"embeddings", std::move(vectors)}};
        printText(document.dump() + "\n");
    }

    /// States as they are, and their mean (or what --pooling says) without normalising.
    void writeTokens() {
        requireFolderOf(outputFile);
        const auto lists = readTokenLists(tokensFile);
        embedder.pooling = embedder.pooling.value_or(Pooling::Mean);
        embedder.normalise = false;
        if (model.load.computeType == ComputeType::Auto)
            model.load.computeType = ComputeType::F32;
        model.load.exactActivations = true;
        const EmbedderSession session = openEmbedderSession(model, embedder);
        const auto embeddings = orFail(session.embedder->embedTokens(lists));
        const std::int64_t width = session.embedder->model().hiddenSize;
        SafetensorsWriter writer;
        for (std::size_t k = 0; k < embeddings.size(); ++k) {
            writer.add(fmt::format("last_hidden_{}", k), {embeddings[k].tokens, width},
                       embeddings[k].hidden);
            writer.add(fmt::format("{}_pooled_{}", nameOf(*embedder.pooling), k), {width},
                       embeddings[k].values);
        }
        orFail(writer.write(outputFile));
        if (json)
            printJson({{"output", outputFile}, {"lists", embeddings.size()},
                       {"dimensions", width}});
    }
};

Pooling parsePooling(const std::string& text) {
    for (const Pooling pooling : {Pooling::Mean, Pooling::Cls, Pooling::Last})
        if (nameOf(pooling) == text)
            return pooling;
    throw CLI::ValidationError("--pooling", "must be mean, cls or last");
}

/// What CLI11 took for no option: texts as they are, which a list of its own would split at
/// commas where one is "[a, b]".
std::vector<std::string> textsOf(const CLI::App& command) {
    std::vector<std::string> texts = command.remaining();
    for (const std::string& text : texts)
        if (text.starts_with("--") && text.find(' ') == std::string::npos)
            throw CommandFailed(text + ": there is no such option; --help lists them",
                                ExitStatus::WrongUsage);
    return texts;
}

} // namespace

void addEmbed(CLI::App& program) {
    auto embed = std::make_shared<Embed>();
    CLI::App* command = program.add_subcommand(
        "embed", "Texts to vectors, as JSON: MODEL, then the texts");
    command->footer("Example: hearth embed all-MiniLM-L6-v2 \"How do I boil an egg?\" \"Eggs\"\n"
                    "Takes embedding models (BERT and its like), and the last hidden states of "
                    "all others.\nWith --tokens: states of given tokens, in f32 unless --dtype "
                    "says otherwise.");
    command->formatter(std::make_shared<UsageFormatter>("MODEL TEXT..."));
    command->add_option("model", embed->model.model, "MODEL, then the texts")->required();
    command->add_option("--tokens", embed->tokensFile,
                        "JSON list of lists of token ids, in the place of texts");
    command->add_option("--output", embed->outputFile,
                        "safetensors file for last_hidden_K and mean_pooled_K, with --tokens");
    command
        ->add_option_function<std::string>(
            "--pooling",
            [embed](const std::string& text) { embed->embedder.pooling = parsePooling(text); },
            "mean, cls (the first token) or last; what the model says, else mean")
        ->type_name("POOLING");
    command
        ->add_option_function<bool>(
            "--normalize", [embed](bool on) { embed->embedder.normalise = on; },
            "true: vectors of length 1; what the model says, else false")
        ->type_name("BOOL");
    command->add_flag("--truncate", embed->truncate,
                      "Cut texts that are too long, instead of failing");
    command->add_flag("--json", embed->json, "JSON is printed anyhow");
    embed->model.addTo(*command);
    command->allow_extras();
    command->callback([embed, command] { embed->run(textsOf(*command)); });
}

} // namespace hearth::cli
