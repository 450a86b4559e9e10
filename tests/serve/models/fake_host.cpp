#include "serve/models/fake_host.h"

#include <gtest/gtest.h>

#include <thread>

namespace hearth::test {

namespace {

class FakeEmbedder final : public Embedder {
public:
    FakeEmbedder(ModelInfo info, std::shared_ptr<std::atomic<std::size_t>> count)
        : m_info(std::move(info)), m_count(std::move(count)) {
        ++*m_count;
    }
    ~FakeEmbedder() override { --*m_count; }

    [[nodiscard]] const ModelInfo& model() const override { return m_info; }
    [[nodiscard]] Pooling pooling() const override { return Pooling::Mean; }
    [[nodiscard]] bool normalises() const override { return false; }
    Result<std::vector<Embedding>> embed(std::span<const std::string>, TooLong,
                                         const std::stop_token&) override {
        return std::vector<Embedding>();
    }
    Result<std::vector<Embedding>> embedTokens(std::span<const std::vector<std::int32_t>>,
                                               const std::stop_token&) override {
        return std::vector<Embedding>();
    }

private:
    ModelInfo m_info;
    std::shared_ptr<std::atomic<std::size_t>> m_count;
};

ModelInfo infoOf(const std::string& name, const std::string& path) {
    ModelInfo info;
    info.name = name;
    info.path = path;
    info.deviceId = "cpu";
    return info;
}

} // namespace

Result<void> FakeHost::begin(const std::string& what, const std::string& path,
                             const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    m_log.push_back(what);
    ++m_begun;
    m_changed.notify_all();
    if (!m_changed.wait(lock, stop, [this] { return m_open; }))
        return fail(ErrorCode::Cancelled);
    if (path.ends_with("corrupt"))
        return fail(ErrorCode::Corrupt);
    if (m_engines.size() + *embedders >= capacity)
        return fail(ErrorCode::OutOfMemory);
    return {};
}

Result<std::shared_ptr<Engine>> FakeHost::load(const std::string& path, const std::string& name,
                                               const LoadOptions&, const LoadObserver& observer,
                                               std::stop_token stop) {
    if (observer)
        observer({LoadPhase::Weights, 50, 100});
    HEARTH_TRY(begin("load " + name, path, stop));
    const std::scoped_lock lock(m_mutex);
    auto engine = std::make_shared<FakeEngine>(infoOf(name, path));
    m_engines[name] = engine;
    return std::shared_ptr<Engine>(std::move(engine));
}

Result<std::unique_ptr<Embedder>> FakeHost::openEmbedder(const std::string& path,
                                                         const std::string& name,
                                                         const EmbedderOptions&,
                                                         const LoadObserver&,
                                                         std::stop_token stop) {
    HEARTH_TRY(begin("open " + name, path, stop));
    return std::unique_ptr<Embedder>(
        std::make_unique<FakeEmbedder>(infoOf(name, path), embedders));
}

void FakeHost::unload(const std::string& name) {
    const std::scoped_lock lock(m_mutex);
    m_log.push_back("unload " + name);
    m_engines.erase(name);
}

std::shared_ptr<Engine> FakeHost::find(const std::string& name) const {
    const std::scoped_lock lock(m_mutex);
    const auto found = m_engines.find(name);
    return found == m_engines.end() ? nullptr : found->second;
}

std::vector<ModelInfo> FakeHost::models() const {
    const std::scoped_lock lock(m_mutex);
    std::vector<ModelInfo> all;
    for (const auto& [name, engine] : m_engines)
        all.push_back(engine->model());
    return all;
}

void FakeHost::setGate(bool open) {
    const std::scoped_lock lock(m_mutex);
    m_open = open;
    m_changed.notify_all();
}

void FakeHost::waitForLoads(int count) {
    std::unique_lock lock(m_mutex);
    EXPECT_TRUE(m_changed.wait_for(lock, std::chrono::seconds(10),
                                   [&] { return m_begun >= count; }));
}

std::vector<std::string> FakeHost::log() const {
    const std::scoped_lock lock(m_mutex);
    return m_log;
}

PoolModel poolModel(const std::string& name) {
    PoolModel model;
    model.name = name;
    model.path = "/models/" + name;
    return model;
}

std::future<LeaseResult> ask(ModelPool& pool, const std::string& name, ModelUse use) {
    auto promise = std::make_shared<std::promise<LeaseResult>>();
    std::future<LeaseResult> answer = promise->get_future();
    pool.acquire(name, use, [promise](LeaseResult lease) { promise->set_value(std::move(lease)); });
    return answer;
}

std::shared_ptr<ModelLease> take(std::future<LeaseResult> answer) {
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
        ADD_FAILURE() << "no answer";
        return nullptr;
    }
    LeaseResult lease = answer.get();
    EXPECT_TRUE(lease) << lease.error().message();
    return lease ? *lease : nullptr;
}

bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace hearth::test
