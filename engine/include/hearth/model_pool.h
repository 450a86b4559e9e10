#pragma once

#include "hearth/embedder.h"
#include "hearth/engine.h"
#include "hearth/host.h"
#include "hearth/model_library.h"
#include "hearth/options.h"
#include "hearth/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A model that a pool can hand out.
struct PoolModel {
    std::string name; ///< What requests call it.
    std::string path; ///< File or folder; also "synthetic:…".
    std::string architecture; ///< This and the next where they are known without loading.
    std::string quantisation;
    ModelKind kind = ModelKind::Decoder;
    std::uint64_t bytes = 0;
    std::int32_t trainedContext = 0;
    std::chrono::system_clock::time_point modified; ///< Of the file: what APIs call "created".
};

/// What the library knows of a model, for a pool.
[[nodiscard]] PoolModel poolModelOf(const LibraryModel& model);

enum class PoolState : std::uint8_t { Unloaded, Loading, Loaded };

/// How a model of the pool stands.
struct PoolModelStatus {
    PoolModel model;
    PoolState state = PoolState::Unloaded;
    double progress = 0.0;       ///< Of a load, 0 … 1.
    std::int32_t leases = 0;     ///< In use by so many requests.
    bool pinned = false;         ///< Never unloaded by the pool: the window's, or told so.
    std::shared_ptr<Engine> engine; ///< If loaded as a decoder. Not to be kept: a model whose
                                    ///< engine somebody else holds counts as in use.
    /// When it will be unloaded if nobody asks for it; empty: not by itself.
    std::optional<std::chrono::system_clock::time_point> unloadsAt;
};

struct PoolOptions {
    std::chrono::seconds idleTime{300}; ///< Unused models are unloaded after it; 0: never.
    /// How long a model that memory is needed for may still answer its requests; those that ask
    /// for it meanwhile wait until it is loaded again.
    std::chrono::seconds roomTime{60};
    LoadOptions load;                   ///< For every model the pool loads.
};

/// The use of a loaded model by one request: while it lives, the pool does not unload the model.
/// It may outlive the pool, but not the host.
/// The engine itself may still be stopped by its owner; its requests fail with ShuttingDown then.
class ModelLease {
public:
    virtual ~ModelLease() = default;
    [[nodiscard]] virtual const PoolModel& model() const = 0;
    [[nodiscard]] virtual Engine* engine() const = 0;     ///< Null for an embedder's lease.
    [[nodiscard]] virtual Embedder* embedder() const = 0; ///< Null for an engine's.
};

enum class ModelUse : std::uint8_t { Generate, Embed };

/// The models that requests may name, loaded on demand into a Host and unloaded again: the least
/// recently used first when memory is needed, each after its idle time. Models that the host holds
/// already (the window's) are found by their name and never unloaded by the pool. Thread-safe; no
/// function waits for a load but wait().
class ModelPool {
public:
    /// Gets the lease or why there is none: NotFound, or what Host::load() says. Called once, on
    /// a thread of the pool or within acquire().
    using Ready = std::function<void(Result<std::shared_ptr<ModelLease>>)>;

    /// `host` must outlive the pool, or its close(). The first of `models` is the default.
    static std::shared_ptr<ModelPool> create(Host& host, std::vector<PoolModel> models,
                                             PoolOptions options);
    virtual ~ModelPool() = default;

    /// Stops loads, answers who waits with ShuttingDown and unloads what the pool loaded; returns
    /// when that is done. The host may go then, whoever still holds the pool. The last reference
    /// to a pool that was not closed closes it.
    virtual void close() {}

    /// Replaces what can be named; loaded models that are named no more stay until they are idle.
    virtual void setModels(std::vector<PoolModel> models) = 0;
    [[nodiscard]] virtual std::vector<PoolModelStatus> models() const = 0;
    [[nodiscard]] virtual Result<PoolModelStatus> find(std::string_view name) const = 0;
    /// The model that an empty name means; empty if there is none.
    [[nodiscard]] virtual std::string defaultModel() const = 0;

    /// Asks for a model by its name; empty: the default. Loads it if needed.
    virtual void acquire(std::string_view name, ModelUse use, Ready ready) = 0;
    /// Unloads a model that the pool loaded, as soon as no lease is left. Errors: NotFound,
    /// InvalidArgument (pinned, or the window's).
    virtual Result<void> unload(std::string_view name) = 0;
    /// Keeps a loaded model, or lets it go again.
    virtual Result<void> pin(std::string_view name, bool pinned) = 0;
    /// Replaces PoolOptions::idleTime for a loaded model, until it is unloaded; 0: never.
    virtual Result<void> keepFor(std::string_view /*name*/, std::chrono::seconds /*idleTime*/) {
        return {};
    }
};

} // namespace hearth
