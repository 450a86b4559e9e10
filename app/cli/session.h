#pragma once

#include "cli/model_options.h"
#include "hearth/embedder.h"
#include "hearth/host.h"
#include "hearth/model_library.h"

#include <memory>

namespace hearth::cli {

/// The library, a host and one loaded model, for the time of a command.
struct Session {
    LibraryModel entry;
    std::unique_ptr<Host> host; ///< Goes last.
    std::shared_ptr<Engine> engine;
};

/// Loads the model of the options with a progress bar; CommandFailed if it can't be.
Session openSession(const ModelOptions& options);

/// Likewise for embeddings.
struct EmbedderSession {
    LibraryModel entry;
    std::unique_ptr<Host> host; ///< Goes last.
    std::unique_ptr<Embedder> embedder;
};

/// As openSession(); `options.load` is taken from the model's options.
EmbedderSession openEmbedderSession(const ModelOptions& options, EmbedderOptions embedder);

} // namespace hearth::cli
