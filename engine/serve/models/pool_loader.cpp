#include "serve/models/pool_loader.h"

#include <algorithm>

namespace hearth::serve {

namespace {

/// Between two looks at an engine that should go and that somebody else still uses.
constexpr std::chrono::milliseconds kLookAgain{250};

Error errorOf(ErrorCode code) {
    Error error;
    error.code = code;
    return error;
}

bool isLoadedAlready(const Error& error, const std::string& name) {
    return error.code == ErrorCode::InvalidArgument && error.field == name &&
           error.detail == "is loaded already";
}

} // namespace

void PoolLoader::run() {
    Lock lock(m_shared.mutex);
    while (!m_shared.closed) {
        if (!m_shared.toLoad.empty()) {
            const Slot slot = std::move(m_shared.toLoad.front());
            m_shared.toLoad.pop_front();
            load(lock, slot);
        } else if (const Slot slot = nextToGo()) {
            unload(lock, slot);
        } else {
            m_shared.changed.wait_until(lock, nextLook());
        }
    }
    close(lock);
}

void PoolLoader::load(Lock& lock, const Slot& slot) {
    lock.unlock();
    auto opened = openWithRoom(slot);
    lock.lock();
    if (!opened) {
        m_shared.erase(slot);
        answer(lock, std::move(slot->waiters), opened.error());
        return;
    }
    slot->owned = opened->owned;
    slot->engine = std::move(opened->engine);
    slot->embedder = std::move(opened->embedder);
    slot->holders = slot->engine.use_count();
    slot->state = PoolState::Loaded;
    slot->progress = 1.0;
    slot->lastUse = PoolClock::now();
    answerWithLeases(lock, slot);
}

Result<PoolLoader::Opened> PoolLoader::openWithRoom(const Slot& slot) {
    bool preferGpu = m_shared.options.load.device == DeviceChoice::Auto;
    for (;;) {
        LoadOptions options = m_shared.options.load;
        {
            // On its own the host would turn to the CPU where an idle model fills the GPU.
            const Lock lock(m_shared.mutex);
            preferGpu = preferGpu && leastRecent("cuda", false) != nullptr;
        }
        if (preferGpu)
            options.device = DeviceChoice::Cuda;
        auto opened = openElsewhere(slot, options);
        if (opened)
            return opened;
        if (slot->stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        const bool onGpu = options.device == DeviceChoice::Cuda;
        if (opened.error().code == ErrorCode::OutOfMemory && makeRoom(onGpu ? "cuda" : "", *slot))
            continue;
        if (!preferGpu)
            return opened;
        preferGpu = false;
    }
}

Result<PoolLoader::Opened> PoolLoader::openElsewhere(const Slot& slot,
                                                     const LoadOptions& options) {
    for (;;) {
        auto opened = open(slot, options);
        if (opened || !isLoadedAlready(opened.error(), slot->model.name))
            return opened;
        if (auto engine = m_shared.host.find(slot->model.name))
            return Opened{std::move(engine), nullptr, false};
        Lock lock(m_shared.mutex);
        m_shared.changed.wait_for(lock, kLookAgain);
        if (slot->stop.stop_requested())
            return fail(ErrorCode::Cancelled);
    }
}

Result<PoolLoader::Opened> PoolLoader::open(const Slot& slot, const LoadOptions& options) {
    const PoolModel& model = slot->model;
    const LoadObserver observer = [this, &slot](const LoadProgress& progress) {
        const std::scoped_lock lock(m_shared.mutex);
        if (progress.totalBytes > 0)
            slot->progress = double(progress.doneBytes) / double(progress.totalBytes);
    };
    if (slot->use == ModelUse::Generate) {
        HEARTH_TRY_ASSIGN(std::shared_ptr<Engine> engine,
                          m_shared.host.load(model.path, model.name, options, observer,
                                             slot->stop.get_token()));
        return Opened{std::move(engine), nullptr, true};
    }
    EmbedderOptions embedder;
    embedder.load = options;
    HEARTH_TRY_ASSIGN(std::unique_ptr<Embedder> opened,
                      m_shared.host.openEmbedder(model.path, model.name, embedder, observer,
                                                 slot->stop.get_token()));
    return Opened{nullptr, std::move(opened), true};
}

bool PoolLoader::makeRoom(std::string_view device, const PoolSlot& for_) {
    Lock lock(m_shared.mutex);
    if (!leastRecent(device, false))
        m_shared.changed.wait_for(lock, kLookAgain); // an engine may only look busy yet
    if (const Slot idle = leastRecent(device, true)) {
        unload(lock, idle);
        return true;
    }
    const Slot busy = leastRecent(device, false);
    if (!busy)
        return false;
    busy->draining = true;
    const auto until = PoolClock::now() + m_shared.options.roomTime;
    m_shared.changed.wait_until(lock, until, [&] {
        return busy->leases == 0 || for_.stop.stop_requested();
    });
    busy->draining = false;
    if (busy->leases > 0) {
        answerWithLeases(lock, busy);
        return false;
    }
    unload(lock, busy);
    return true;
}

PoolLoader::Slot PoolLoader::leastRecent(std::string_view device, bool idle) const {
    Slot oldest;
    for (const auto& [key, slot] : m_shared.slots)
        if (slot->mayGo() && slot->deviceId().starts_with(device) &&
            (!idle || slot->leases == 0) && (!oldest || slot->lastUse < oldest->lastUse))
            oldest = slot;
    return oldest;
}

PoolLoader::Slot PoolLoader::nextToGo() const {
    m_shared.forgetStale();
    const auto now = PoolClock::now();
    for (const auto& [key, slot] : m_shared.slots) {
        const bool isIdle =
            slot->idleTime.count() > 0 && now - slot->lastUse >= slot->idleTime;
        if (slot->leases == 0 && (slot->leaving || isIdle) && slot->mayGo())
            return slot;
    }
    return nullptr;
}

PoolClock::time_point PoolLoader::nextLook() const {
    const auto now = PoolClock::now();
    auto next = now + std::chrono::hours(1);
    for (const auto& [key, slot] : m_shared.slots) {
        if (!slot->owned || slot->state != PoolState::Loaded || slot->pinned || slot->leases > 0)
            continue;
        if (slot->leaving)
            next = std::min(next, now + kLookAgain);
        else if (slot->idleTime.count() > 0)
            next = std::min(next, std::max(slot->lastUse + slot->idleTime, now + kLookAgain));
    }
    return next;
}

void PoolLoader::unload(Lock& lock, const Slot& slot) {
    slot->draining = true;
    lock.unlock();
    unloadFromHost(*slot);
    lock.lock();
    auto engine = std::move(slot->engine);
    auto embedder = std::move(slot->embedder);
    slot->state = PoolState::Unloaded;
    m_shared.erase(slot);
    std::vector<ModelPool::Ready> waiters = std::move(slot->waiters);
    lock.unlock();
    engine.reset();
    embedder.reset();
    lock.lock();
    if (waiters.empty())
        return;
    Slot again = m_shared.slotOf(slot->model.name, slot->use);
    if (!again || again->state == PoolState::Loaded)
        again = m_shared.enqueue(slot->model, slot->use);
    std::move(waiters.begin(), waiters.end(), std::back_inserter(again->waiters));
}

void PoolLoader::unloadFromHost(const PoolSlot& slot) {
    // Its owner may have put another in its place.
    if (slot.engine && m_shared.host.find(slot.model.name) == slot.engine)
        m_shared.host.unload(slot.model.name);
}

void PoolLoader::close(Lock& lock) {
    std::vector<ModelPool::Ready> waiters;
    std::vector<Slot> owned;
    for (const auto& [key, slot] : m_shared.slots) {
        std::move(slot->waiters.begin(), slot->waiters.end(), std::back_inserter(waiters));
        slot->waiters.clear();
        if (slot->owned && slot->state == PoolState::Loaded && !slot->isUsedElsewhere())
            owned.push_back(slot);
    }
    m_shared.toLoad.clear();
    answer(lock, std::move(waiters), errorOf(ErrorCode::ShuttingDown));
    const auto slots = std::move(m_shared.slots);
    m_shared.slots.clear();
    lock.unlock();
    for (const Slot& slot : owned)
        unloadFromHost(*slot);
    lock.lock();
}

void PoolLoader::answer(Lock& lock, std::vector<ModelPool::Ready> waiters, Error error) {
    // It was the pool that called the load off, not who waits for it.
    if (error.code == ErrorCode::Cancelled)
        error.code = ErrorCode::ShuttingDown;
    lock.unlock();
    for (const ModelPool::Ready& ready : waiters)
        ready(fail(error));
    waiters.clear();
    lock.lock();
}

void PoolLoader::answerWithLeases(Lock& lock, const Slot& slot) {
    std::vector<std::pair<ModelPool::Ready, PoolShared::Lease>> answers;
    for (ModelPool::Ready& ready : slot->waiters)
        answers.emplace_back(std::move(ready), m_shared.lease(slot));
    slot->waiters.clear();
    lock.unlock();
    for (auto& [ready, lease] : answers)
        ready(std::move(lease));
    answers.clear();
    lock.lock();
}

} // namespace hearth::serve
