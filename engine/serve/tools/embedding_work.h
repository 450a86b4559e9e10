#pragma once

#include "hearth/embedder.h"
#include "hearth/model_pool.h"
#include "serve/api/background.h"
#include "serve/http/exchange.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hearth::serve {

/// Texts that a request has turned into vectors, on threads that may wait. Any thread may call
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

    EmbeddingWork() : m_threads(std::make_shared<Background>(1)) {}

    void run(const std::shared_ptr<Exchange>& exchange, ModelPool& pool, const std::string& model,
             std::vector<std::string> texts, TooLong tooLong, Ready ready);

private:
    std::shared_ptr<Background> m_threads;
};

} // namespace hearth::serve
