#include "serve/models/pool_state.h"

#include <algorithm>

namespace hearth::serve {

namespace {

class SlotLease final : public ModelLease {
public:
    SlotLease(std::shared_ptr<PoolShared> shared, std::shared_ptr<PoolSlot> slot)
        : m_shared(std::move(shared)), m_slot(std::move(slot)) {}
    ~SlotLease() override {
        const std::scoped_lock lock(m_shared->mutex);
        --m_slot->leases;
        m_slot->lastUse = PoolClock::now();
        if (!m_slot->owned && m_slot->leases == 0)
            m_shared->erase(m_slot); // the owner's memory must not wait for us
        m_shared->changed.notify_all();
    }

    [[nodiscard]] const PoolModel& model() const override { return m_slot->model; }
    [[nodiscard]] Engine* engine() const override { return m_slot->engine.get(); }
    [[nodiscard]] Embedder* embedder() const override { return m_slot->embedder.get(); }

private:
    const std::shared_ptr<PoolShared> m_shared;
    const std::shared_ptr<PoolSlot> m_slot;
};

} // namespace

const std::string& PoolSlot::deviceId() const {
    return embedder ? embedder->model().deviceId : engine->model().deviceId;
}

bool PoolSlot::isUsedElsewhere() const {
    if (!engine)
        return false;
    if (engine.use_count() > holders)
        return true;
    const EngineStatistics now = engine->statistics();
    return leases == 0 && now.running + now.waiting > 0;
}

bool PoolSlot::mayGo() const {
    return owned && state == PoolState::Loaded && !pinned && !draining && !isUsedElsewhere();
}

std::optional<PoolModel> PoolShared::lookUp(std::string_view name) const {
    if (name.empty())
        return models.empty() ? std::nullopt : std::optional(models.front());
    const auto found = std::find_if(models.begin(), models.end(),
                                    [&](const PoolModel& model) { return model.name == name; });
    if (found != models.end())
        return *found;
    if (const std::shared_ptr<Engine> engine = host.find(std::string(name)))
        return poolModelOf(engine->model());
    for (const auto& [key, slot] : slots) // named no more, but not idle yet
        if (key.first == name)
            return slot->model;
    return std::nullopt;
}

PoolShared::Slot PoolShared::slotOf(const std::string& name, ModelUse use) const {
    const auto found = slots.find(Key(name, use));
    return found == slots.end() ? nullptr : found->second;
}

PoolShared::Lease PoolShared::lease(const Slot& slot) {
    auto made = std::make_shared<SlotLease>(shared_from_this(), slot);
    ++slot->leases;
    slot->lastUse = PoolClock::now();
    return made;
}

PoolShared::Slot PoolShared::enqueue(PoolModel model, ModelUse use) {
    auto slot = std::make_shared<PoolSlot>();
    slot->model = std::move(model);
    slot->use = use;
    slot->idleTime = options.idleTime;
    slots[Key(slot->model.name, use)] = slot;
    toLoad.push_back(slot);
    changed.notify_all();
    return slot;
}

void PoolShared::erase(const Slot& slot) {
    const auto found = slots.find(Key(slot->model.name, slot->use));
    if (found != slots.end() && found->second == slot)
        slots.erase(found);
}

PoolShared::Slot PoolShared::adopt(PoolModel model, std::shared_ptr<Engine> engine) {
    auto slot = std::make_shared<PoolSlot>();
    slot->model = std::move(model);
    slot->owned = false;
    slot->state = PoolState::Loaded;
    slot->progress = 1.0;
    slot->engine = std::move(engine);
    slots[Key(slot->model.name, ModelUse::Generate)] = slot;
    return slot;
}

void PoolShared::forgetStale() {
    std::erase_if(slots, [&](const auto& entry) {
        const PoolSlot& slot = *entry.second;
        return slot.engine && !slot.draining && host.find(slot.model.name) != slot.engine;
    });
}

PoolModel poolModelOf(const ModelInfo& info) {
    PoolModel model;
    model.name = info.name;
    model.path = info.path;
    model.architecture = info.architecture;
    model.quantisation = info.quantisation;
    model.kind = info.kind;
    model.bytes = info.weightBytes;
    model.trainedContext = info.trainedContext;
    return model;
}

} // namespace hearth::serve
