#pragma once

#include "hearth/host.h"
#include "hearth/model_pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::test {

/// A model that only has a name.
class FakeEngine final : public Engine {
public:
    explicit FakeEngine(ModelInfo info) : m_info(std::move(info)) {}

    [[nodiscard]] const ModelInfo& model() const override { return m_info; }
    Result<RequestId> submit(Request, EventHandler) override { return fail(ErrorCode::Internal); }
    void cancel(RequestId) override {}
    [[nodiscard]] EngineStatistics statistics() const override {
        EngineStatistics statistics;
        statistics.running = running;
        return statistics;
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

    std::atomic<std::int32_t> running = 0;

private:
    ModelInfo m_info;
};

/// Holds at most `capacity` models, those opened for embeddings included. Loads take as long as
/// the gate is closed.
class FakeHost final : public Host {
public:
    Result<std::shared_ptr<Engine>> load(const std::string& path, const std::string& name,
                                         const LoadOptions& options, const LoadObserver& observer,
                                         std::stop_token stop) override;
    Result<std::unique_ptr<Embedder>> openEmbedder(const std::string& path, const std::string& name,
                                                   const EmbedderOptions& options,
                                                   const LoadObserver& observer,
                                                   std::stop_token stop) override;
    void unload(const std::string& name) override;
    [[nodiscard]] std::shared_ptr<Engine> find(const std::string& name) const override;
    [[nodiscard]] std::vector<ModelInfo> models() const override;
    [[nodiscard]] std::vector<DeviceDescription> devices() const override { return {}; }
    [[nodiscard]] std::uint64_t memoryBudget() const override { return 0; }
    [[nodiscard]] std::uint64_t memoryUsed() const override { return 0; }

    void setGate(bool open);
    void waitForLoads(int count); ///< Begun ones.
    [[nodiscard]] std::vector<std::string> log() const; ///< "load a", "unload a", …

    std::atomic<std::size_t> capacity = 100;
    std::shared_ptr<std::atomic<std::size_t>> embedders =
        std::make_shared<std::atomic<std::size_t>>(0);

private:
    Result<void> begin(const std::string& what, const std::string& path,
                       const std::stop_token& stop);

    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    bool m_open = true;
    int m_begun = 0;
    std::vector<std::string> m_log;
    std::map<std::string, std::shared_ptr<FakeEngine>> m_engines;
};

[[nodiscard]] PoolModel poolModel(const std::string& name);

using LeaseResult = Result<std::shared_ptr<ModelLease>>;
/// What acquire() answers, later.
std::future<LeaseResult> ask(ModelPool& pool, const std::string& name,
                             ModelUse use = ModelUse::Generate);
/// Waits for it; fails the test if that is an error, or takes 10 s.
std::shared_ptr<ModelLease> take(std::future<LeaseResult> answer);
/// Whether it came to be within 10 s.
bool eventually(const std::function<bool()>& condition);

} // namespace hearth::test
