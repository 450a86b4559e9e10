#include "base/field_failure.h"
#include "serve/models/pool_loader.h"
#include "serve/models/pool_state.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace hearth {

namespace {

using serve::PoolClock;
using serve::PoolLoader;
using serve::PoolShared;
using serve::PoolSlot;

constexpr std::size_t kShownNames = 4;
constexpr ModelUse kUses[] = {ModelUse::Generate, ModelUse::Embed};

class HostPool final : public ModelPool {
public:
    HostPool(Host& host, PoolOptions options)
        : m_shared(std::make_shared<PoolShared>(host, std::move(options)))
        , m_thread([shared = m_shared] { PoolLoader(*shared).run(); }) {}

    ~HostPool() override {
        // What waited for a model may hold the last reference, on the pool's own thread.
        if (m_thread.get_id() == std::this_thread::get_id()) {
            askToClose();
            m_thread.detach();
        } else {
            close();
        }
    }

    void close() override {
        askToClose();
        const std::scoped_lock closing(m_closing);
        if (m_thread.joinable())
            m_thread.join();
    }

    void setModels(std::vector<PoolModel> models) override {
        const std::scoped_lock lock(m_shared->mutex);
        m_shared->models = std::move(models);
    }

    [[nodiscard]] std::vector<PoolModelStatus> models() const override {
        const std::scoped_lock lock(m_shared->mutex);
        if (m_shared->closed)
            return {};
        m_shared->forgetStale();
        std::vector<PoolModelStatus> all;
        const auto add = [&](const PoolModel& model) {
            if (std::none_of(all.begin(), all.end(), [&](const PoolModelStatus& status) {
                    return status.model.name == model.name;
                }))
                all.push_back(statusOf(model));
        };
        for (const PoolModel& model : m_shared->models)
            add(model);
        for (const ModelInfo& info : m_shared->host.models())
            add(serve::poolModelOf(info));
        for (const auto& [key, slot] : m_shared->slots)
            add(slot->model);
        return all;
    }

    [[nodiscard]] Result<PoolModelStatus> find(std::string_view name) const override {
        const std::scoped_lock lock(m_shared->mutex);
        if (m_shared->closed)
            return fail(ErrorCode::ShuttingDown);
        m_shared->forgetStale();
        const std::optional<PoolModel> model = m_shared->lookUp(name);
        if (!model)
            return notThere(name);
        return statusOf(*model);
    }

    [[nodiscard]] std::string defaultModel() const override {
        const std::scoped_lock lock(m_shared->mutex);
        return m_shared->models.empty() ? std::string() : m_shared->models.front().name;
    }

    void acquire(std::string_view name, ModelUse use, Ready ready) override {
        std::optional<Result<std::shared_ptr<ModelLease>>> answer;
        {
            const std::scoped_lock lock(m_shared->mutex);
            answer = leaseNow(name, use, ready);
        }
        if (answer)
            ready(*std::move(answer));
    }

    Result<void> unload(std::string_view name) override {
        const std::scoped_lock lock(m_shared->mutex);
        if (m_shared->closed)
            return fail(ErrorCode::ShuttingDown);
        HEARTH_TRY_ASSIGN(const std::string known, nameOf(name));
        for (const ModelUse use : kUses) {
            const PoolShared::Slot slot = m_shared->slotOf(known, use);
            if (slot && slot->pinned)
                return invalidArgument(known, "is pinned");
        }
        if (isTheHosts(known))
            return invalidArgument(known, "was loaded by the window");
        for (const ModelUse use : kUses)
            if (const PoolShared::Slot slot = m_shared->slotOf(known, use)) {
                slot->leaving = true;
                if (slot->state == PoolState::Loading)
                    slot->stop.request_stop();
            }
        m_shared->changed.notify_all();
        return {};
    }

    Result<void> pin(std::string_view name, bool pinned) override {
        return change(name, [pinned](PoolSlot& slot) {
            slot.pinned = pinned;
            slot.leaving = slot.leaving && !pinned;
        });
    }

    Result<void> keepFor(std::string_view name, std::chrono::seconds idleTime) override {
        return change(name, [idleTime](PoolSlot& slot) {
            slot.idleTime = idleTime;
            slot.leaving = false;
        });
    }

private:
    void askToClose() {
        const std::scoped_lock lock(m_shared->mutex);
        m_shared->closed = true;
        for (const auto& [key, slot] : m_shared->slots)
            slot->stop.request_stop();
        m_shared->changed.notify_all();
    }

    // All with the mutex held.

    /// A lease or an error, or nothing: `ready` waits in a slot then.
    std::optional<Result<std::shared_ptr<ModelLease>>> leaseNow(std::string_view name,
                                                                ModelUse use, Ready& ready) {
        if (m_shared->closed)
            return fail(ErrorCode::ShuttingDown);
        m_shared->forgetStale();
        std::optional<PoolModel> model = m_shared->lookUp(name);
        if (!model)
            return notThere(name);
        PoolShared::Slot slot = m_shared->slotOf(model->name, use);
        if (!slot && use == ModelUse::Generate) {
            if (auto engine = m_shared->host.find(model->name))
                slot = m_shared->adopt(*model, std::move(engine));
            else if (model->kind == ModelKind::Encoder)
                return fieldFailure(ErrorCode::Unsupported, model->name,
                                    "this model makes embeddings, not text");
        }
        if (slot && slot->state == PoolState::Loaded && !slot->draining)
            return m_shared->lease(slot);
        if (!slot)
            slot = m_shared->enqueue(*std::move(model), use);
        slot->waiters.push_back(std::move(ready));
        return std::nullopt;
    }

    [[nodiscard]] Result<std::string> nameOf(std::string_view name) const {
        const std::optional<PoolModel> model = m_shared->lookUp(name);
        if (!model)
            return notThere(name);
        return model->name;
    }

    /// NotFound that tells what could have been asked for, a few of many.
    [[nodiscard]] Failure notThere(std::string_view name) const {
        std::vector<std::string> names;
        for (const PoolModel& model : m_shared->models)
            names.push_back(model.name);
        for (const ModelInfo& info : m_shared->host.models())
            if (std::find(names.begin(), names.end(), info.name) == names.end())
                names.push_back(info.name);
        if (names.empty())
            return fieldFailure(ErrorCode::NotFound, std::string(name), "There is no model yet.");
        const std::size_t shown = std::min(names.size(), kShownNames);
        std::string detail = names.size() == 1 ? "There is" : "There are";
        for (std::size_t i = 0; i < shown; ++i)
            detail += (i == 0 ? " `" : ", `") + names[i] + "`";
        if (names.size() > shown)
            detail += " and " + std::to_string(names.size() - shown) + " more";
        return fieldFailure(ErrorCode::NotFound, std::string(name), detail + ".");
    }

    /// Loaded in the host, but not by this pool.
    [[nodiscard]] bool isTheHosts(const std::string& name) const {
        const PoolShared::Slot slot = m_shared->slotOf(name, ModelUse::Generate);
        if (slot && slot->state == PoolState::Loading)
            return false;
        return slot ? !slot->owned : m_shared->host.find(name) != nullptr;
    }

    template<typename Change>
    Result<void> change(std::string_view name, const Change& apply) {
        const std::scoped_lock lock(m_shared->mutex);
        if (m_shared->closed)
            return fail(ErrorCode::ShuttingDown);
        HEARTH_TRY_ASSIGN(const std::string known, nameOf(name));
        bool found = isTheHosts(known); // which is kept anyway
        for (const ModelUse use : kUses)
            if (const PoolShared::Slot slot = m_shared->slotOf(known, use)) {
                found = true;
                if (slot->owned)
                    apply(*slot);
            }
        if (!found)
            return invalidArgument(known, "is not loaded");
        m_shared->changed.notify_all();
        return {};
    }

    [[nodiscard]] PoolModelStatus statusOf(const PoolModel& model) const {
        PoolModelStatus status;
        status.model = model;
        for (const ModelUse use : kUses) {
            const PoolShared::Slot slot = m_shared->slotOf(model.name, use);
            if (!slot)
                continue;
            if (slot->state == PoolState::Loaded || status.state == PoolState::Unloaded)
                status.state = slot->state;
            status.progress = std::max(status.progress, slot->progress);
            status.leases += slot->leases;
            status.pinned = status.pinned || slot->pinned || !slot->owned;
            if (slot->engine)
                status.engine = slot->engine;
            if (slot->owned && slot->state == PoolState::Loaded && !slot->pinned)
                status.unloadsAt = endOf(*slot);
        }
        if (status.engine || isTheHosts(model.name)) {
            status.state = PoolState::Loaded;
            status.progress = 1.0;
        }
        if (!status.engine && isTheHosts(model.name)) {
            status.engine = m_shared->host.find(model.name);
            status.pinned = true;
        }
        return status;
    }

    static std::optional<std::chrono::system_clock::time_point> endOf(const PoolSlot& slot) {
        if (slot.idleTime.count() <= 0)
            return std::nullopt;
        const auto used = slot.leases > 0 ? PoolClock::now() : slot.lastUse;
        const auto left = used + slot.idleTime - PoolClock::now();
        return std::chrono::system_clock::now() +
               std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
    }

    const std::shared_ptr<PoolShared> m_shared;
    std::mutex m_closing;
    std::thread m_thread;
};

} // namespace

std::shared_ptr<ModelPool> ModelPool::create(Host& host, std::vector<PoolModel> models,
                                             PoolOptions options) {
    auto pool = std::make_shared<HostPool>(host, std::move(options));
    pool->setModels(std::move(models));
    return pool;
}

} // namespace hearth
