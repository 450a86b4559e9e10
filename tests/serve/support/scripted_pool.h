#pragma once

#include "hearth/model_pool.h"
#include "serve/support/scripted_engine.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// A pool of one scripted engine ("tiny", the default) and perhaps an embedder ("embedder").
class ScriptedPool final : public ModelPool {
public:
    explicit ScriptedPool(std::shared_ptr<ScriptedEngine> engine);

    void setModels(std::vector<PoolModel>) override {}
    [[nodiscard]] std::vector<PoolModelStatus> models() const override;
    [[nodiscard]] Result<PoolModelStatus> find(std::string_view name) const override;
    [[nodiscard]] std::string defaultModel() const override { return "tiny"; }
    void acquire(std::string_view name, ModelUse use, Ready ready) override;
    Result<void> unload(std::string_view) override { return {}; }
    Result<void> pin(std::string_view, bool) override { return {}; }

    /// With `loading`: lets those that wait have the model.
    void finishLoading();
    [[nodiscard]] long leases() const { return m_alive.use_count() - 1; }

    std::shared_ptr<ScriptedEngine> engine;
    std::shared_ptr<Embedder> embedder;
    std::vector<std::string> others;   ///< More names that models() tells.
    std::atomic<bool> loading = false; ///< acquire() keeps its callers waiting.
    std::atomic<int> waiting = 0; ///< So many of them.

private:
    [[nodiscard]] std::shared_ptr<ModelLease> lease(ModelUse use);

    std::shared_ptr<int> m_alive = std::make_shared<int>(0); ///< Every lease holds it.
    std::vector<std::pair<ModelUse, Ready>> m_waiting;
};

} // namespace hearth::serve
