#pragma once

#include "hearth/embedder.h"
#include "hearth/model_pool.h"
#include "serve/api/background.h"
#include "serve/http/exchange.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hearth::serve {

using TokenLists = std::vector<std::vector<std::int32_t>>;
/// What is to be turned into vectors.
using EmbeddingInputs = std::variant<std::vector<std::string>, TokenLists>;

/// The first `dimensions` of a vector (all, if it has fewer or none are named), at length 1:
/// programs compare vectors by their products. The front of a Matryoshka embedding (Kusupati et
/// al. 2022) is one too.
[[nodiscard]] std::vector<float> unitVector(std::vector<float> values,
                                            std::optional<std::int32_t> dimensions);
/// Of all inputs together.
[[nodiscard]] std::int32_t tokensOf(const std::vector<Embedding>& embeddings);

/// Inputs that a request has turned into vectors, on threads that may wait. Any thread may call
/// run(), which never blocks; a client that hangs up stops the work.
class EmbeddingWork {
public:
    struct Done {
        std::vector<Embedding> embeddings;
        std::shared_ptr<ModelLease> lease;
        double loadSeconds = 0.0;
        double totalSeconds = 0.0; ///< The load included.
    };
    /// Called once, on a thread of this object or the pool's, unless this object goes before.
    using Ready = std::function<void(Result<Done>)>;

    EmbeddingWork()
        : m_threads(std::make_shared<Background>(kThreads)) {}

    void run(const std::shared_ptr<Exchange>& exchange, ModelPool& pool, const std::string& model,
             EmbeddingInputs inputs, TooLong tooLong, Ready ready);

private:
    static constexpr int kThreads = 2;

    std::shared_ptr<Background> m_threads;
};

} // namespace hearth::serve
