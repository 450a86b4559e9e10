#include "cli/serve_notes.h"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth::cli {

namespace {

/// Not so because of the one text, but of the model.
bool takesNoText(const Error& error) {
    return error.code == ErrorCode::Unsupported;
}

std::string embedderNote(const std::string& name, Embedder& embedder) {
    const std::array<std::string, 1> text{"text"};
    const auto embedded = embedder.embed(text);
    if (!embedded && takesNoText(embedded.error()))
        return fmt::format("Warning: {} makes embeddings and has no tokenizer: it answers "
                           "/v1/embeddings of token ids only",
                           name);
    return fmt::format("Warning: {} makes embeddings, not text: it answers /v1/embeddings, "
                       "/v1/rerank and Ollama's /api/embed, but no chats or completions",
                       name);
}

} // namespace

std::string limitsNote(const ModelLease& lease) {
    const std::string& name = lease.model().name;
    if (lease.embedder() != nullptr)
        return embedderNote(name, *lease.embedder());
    const auto tokens = lease.engine()->tokenize(TextPrompt{"text"});
    if (tokens || !takesNoText(tokens.error()))
        return {};
    return fmt::format("Warning: {} has no tokenizer: it answers /v1/completions and "
                       "/v1/embeddings of token ids only, but no chats or texts",
                       name);
}

std::string networkNote(const Server& server) {
    const std::vector<std::string> urls = server.networkUrls();
    if (urls.empty())
        return {};
    return fmt::format("Other devices reach it at {}; they must show an API key",
                       fmt::join(urls, " or "));
}

} // namespace hearth::cli
