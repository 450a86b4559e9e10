#pragma once

#include "serve/models/pool_state.h"

#include <string_view>

namespace hearth::serve {

/// The work of the pool's thread: loads what was asked for, one at a time (two at once would take
/// each other's memory), and unloads what nobody uses. Lives on that thread.
class PoolLoader {
public:
    explicit PoolLoader(PoolShared& shared) : m_shared(shared) {}

    /// Returns once the pool is closed: everything is answered and unloaded then.
    void run();

private:
    using Lock = std::unique_lock<std::mutex>;
    using Slot = PoolShared::Slot;
    struct Opened {
        std::shared_ptr<Engine> engine;
        std::shared_ptr<Embedder> embedder;
        bool owned = true;
    };

    void load(Lock& lock, const Slot& slot);
    /// Loads, unloading others as long as memory is short.
    Result<Opened> openWithRoom(const Slot& slot);
    Result<Opened> open(const Slot& slot, const LoadOptions& options);
    /// Waits for a load of the same model by the host's owner.
    Result<Opened> openElsewhere(const Slot& slot, const LoadOptions& options);
    /// Unloads the model that was used least recently on devices "`device`…", an idle one if there
    /// is one, else after its last lease; false if there is none that may go.
    bool makeRoom(std::string_view device, const PoolSlot& for_);
    [[nodiscard]] Slot leastRecent(std::string_view device, bool idle) const;
    [[nodiscard]] Slot nextToGo() const;
    [[nodiscard]] PoolClock::time_point nextLook() const;
    /// Frees the model; who asked for it meanwhile gets a new load.
    void unload(Lock& lock, const Slot& slot);
    void unloadFromHost(const PoolSlot& slot);
    void close(Lock& lock);
    static void answer(Lock& lock, std::vector<ModelPool::Ready> waiters, Error error);
    void answerWithLeases(Lock& lock, const Slot& slot);

    PoolShared& m_shared;
};

} // namespace hearth::serve
