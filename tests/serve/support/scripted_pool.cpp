#include "serve/support/scripted_pool.h"

#include <utility>

namespace hearth::serve {

namespace {

class ScriptedLease final : public ModelLease {
public:
    ScriptedLease(PoolModel model, std::shared_ptr<Engine> engine,
                  std::shared_ptr<Embedder> embedder, std::shared_ptr<int> alive)
        : m_model(std::move(model))
        , m_engine(std::move(engine))
        , m_embedder(std::move(embedder))
        , m_alive(std::move(alive)) {}

    [[nodiscard]] const PoolModel& model() const override { return m_model; }
    [[nodiscard]] Engine* engine() const override { return m_engine.get(); }
    [[nodiscard]] Embedder* embedder() const override { return m_embedder.get(); }

private:
    PoolModel m_model;
    std::shared_ptr<Engine> m_engine;
    std::shared_ptr<Embedder> m_embedder;
    std::shared_ptr<int> m_alive;
};

PoolModel tinyModel() {
    PoolModel model;
    model.name = "tiny";
    model.architecture = "llama";
    model.quantisation = "F32";
    model.trainedContext = 4096;
    return model;
}

} // namespace

ScriptedPool::ScriptedPool(std::shared_ptr<ScriptedEngine> scripted)
    : engine(std::move(scripted)) {
}

std::vector<PoolModelStatus> ScriptedPool::models() const {
    PoolModelStatus status;
    status.model = tinyModel();
    status.state = loading ? PoolState::Loading : PoolState::Loaded;
    if (!loading)
        status.engine = engine;
    std::vector<PoolModelStatus> all{status};
    for (const std::string& name : others) {
        PoolModelStatus other = status;
        other.model.name = name;
        other.engine = nullptr;
        other.state = PoolState::Unloaded;
        all.push_back(std::move(other));
    }
    return all;
}

Result<PoolModelStatus> ScriptedPool::find(std::string_view name) const {
    if (name.empty() || name == "tiny")
        return models().front();
    Error error;
    error.code = ErrorCode::NotFound;
    error.field = std::string(name);
    error.detail = "There is `tiny`.";
    return fail(std::move(error));
}

std::shared_ptr<ModelLease> ScriptedPool::lease(ModelUse use) {
    if (use == ModelUse::Embed)
        return std::make_shared<ScriptedLease>(tinyModel(), nullptr, embedder, m_alive);
    return std::make_shared<ScriptedLease>(tinyModel(), engine, nullptr, m_alive);
}

void ScriptedPool::acquire(std::string_view name, ModelUse use, Ready ready) {
    if (const auto found = find(name); !found)
        ready(fail(found.error()));
    else if (loading) {
        m_waiting.emplace_back(use, std::move(ready));
        ++waiting;
    } else
        ready(lease(use));
}

void ScriptedPool::finishLoading() {
    loading = false;
    waiting = 0;
    for (auto& [use, ready] : std::exchange(m_waiting, {}))
        ready(lease(use));
}

} // namespace hearth::serve
