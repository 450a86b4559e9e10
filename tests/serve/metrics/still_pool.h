#pragma once

#include "hearth/model_pool.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::test {

/// An engine that does nothing but tell the statistics that a test gives it.
class StillEngine final : public Engine {
public:
    [[nodiscard]] const ModelInfo& model() const override { return m_info; }
    Result<RequestId> submit(Request, EventHandler) override { return fail(ErrorCode::QueueFull); }
    void cancel(RequestId) override {}
    [[nodiscard]] EngineStatistics statistics() const override {
        const std::scoped_lock lock(m_mutex);
        m_statistics.steps += isAtWork ? 1 : 0;
        return m_statistics;
    }
    [[nodiscard]] Result<std::string> renderPrompt(const ChatPrompt&) const override {
        return std::string();
    }
    [[nodiscard]] Result<std::vector<std::int32_t>> tokenize(const Prompt&) const override {
        return std::vector<std::int32_t>();
    }
    [[nodiscard]] Result<PromptFit> fitPrompt(const ChatPrompt&, std::int32_t) const override {
        return PromptFit{};
    }
    [[nodiscard]] std::string detokenize(const std::vector<std::int32_t>&) const override {
        return {};
    }

    template<typename Change>
    void change(Change change) {
        const std::scoped_lock lock(m_mutex);
        change(m_statistics);
    }

    std::atomic<bool> isAtWork = false; ///< It makes a step between any two looks.

private:
    ModelInfo m_info;
    mutable std::mutex m_mutex;
    mutable EngineStatistics m_statistics;
};

/// A pool with the models that a test gives it; hands out none.
class StillPool final : public ModelPool {
public:
    void setModels(std::vector<PoolModel>) override {}
    [[nodiscard]] std::vector<PoolModelStatus> models() const override {
        const std::scoped_lock lock(m_mutex);
        ++looks;
        return m_models;
    }
    [[nodiscard]] Result<PoolModelStatus> find(std::string_view) const override {
        return fail(ErrorCode::NotFound);
    }
    [[nodiscard]] std::string defaultModel() const override { return {}; }
    void acquire(std::string_view, ModelUse, Ready ready) override {
        ready(fail(ErrorCode::NotFound));
    }
    Result<void> unload(std::string_view) override { return {}; }
    Result<void> pin(std::string_view, bool) override { return {}; }

    void set(std::string name, PoolState state, std::shared_ptr<Engine> engine = nullptr) {
        PoolModelStatus status;
        status.model.name = std::move(name);
        status.state = state;
        status.engine = std::move(engine);
        const std::scoped_lock lock(m_mutex);
        m_models = {status};
    }
    /// Until it is let go, models() does not return.
    [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(m_mutex); }

    mutable std::atomic<int> looks = 0; ///< Calls of models().

private:
    mutable std::mutex m_mutex;
    std::vector<PoolModelStatus> m_models;
};

} // namespace hearth::test
