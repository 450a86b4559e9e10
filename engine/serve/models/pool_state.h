#pragma once

#include "hearth/model_pool.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::serve {

using PoolClock = std::chrono::steady_clock;

/// One use of one model, from the request that began its load until it is unloaded.
struct PoolSlot {
    PoolModel model;
    ModelUse use = ModelUse::Generate;
    bool owned = true; ///< False: the host's owner loaded it.
    PoolState state = PoolState::Loading;
    double progress = 0.0;
    std::int32_t leases = 0;
    bool pinned = false;
    bool leaving = false;  ///< Told to go: unloaded as soon as no lease is left.
    bool draining = false; ///< Gives no more leases: what asks waits for the next load.
    std::chrono::seconds idleTime{0};
    PoolClock::time_point lastUse;
    std::shared_ptr<Engine> engine;
    std::shared_ptr<Embedder> embedder;
    long holders = 0; ///< Of the engine, the host and the pool: more means somebody else uses it.
    std::vector<ModelPool::Ready> waiters;
    std::stop_source stop; ///< Of its load.

    [[nodiscard]] const std::string& deviceId() const;
    /// Somebody besides the pool's leases works with the engine: the window, a job.
    [[nodiscard]] bool isUsedElsewhere() const;
    /// Loaded by the pool, and nothing speaks against unloading it but leases.
    [[nodiscard]] bool mayGo() const;
};

/// What a pool, its thread and its leases share. The mutex guards everything but the host, which
/// is thread-safe; it is not held while a model is loaded or unloaded, nor in a call of Ready.
struct PoolShared : std::enable_shared_from_this<PoolShared> {
    using Key = std::pair<std::string, ModelUse>;
    using Slot = std::shared_ptr<PoolSlot>;
    using Lease = std::shared_ptr<ModelLease>;

    PoolShared(Host& theHost, PoolOptions theOptions)
        : host(theHost), options(std::move(theOptions)) {}

    Host& host;
    const PoolOptions options;
    std::mutex mutex;
    std::condition_variable_any changed; ///< A slot, the queue, or closed.
    std::vector<PoolModel> models;
    std::map<Key, Slot, std::less<>> slots;
    std::deque<Slot> toLoad;
    bool closed = false;

    // All of these with the mutex held.
    /// A model by name, empty for the default: of the list, or one that the host holds.
    [[nodiscard]] std::optional<PoolModel> lookUp(std::string_view name) const;
    [[nodiscard]] Slot slotOf(const std::string& name, ModelUse use) const;
    [[nodiscard]] Lease lease(const Slot& slot);
    /// Begins a load of what is not in a slot yet.
    Slot enqueue(PoolModel model, ModelUse use);
    /// Takes a slot out, unless another took its place.
    void erase(const Slot& slot);
    /// A slot for the host's engine, which the pool did not load.
    Slot adopt(PoolModel model, std::shared_ptr<Engine> engine);
    /// Forgets engines that their owner unloaded meanwhile.
    void forgetStale();
};

[[nodiscard]] PoolModel poolModelOf(const ModelInfo& info);

} // namespace hearth::serve
