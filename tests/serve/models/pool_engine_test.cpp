#include "engine/runtime/engine_harness.h"
#include "serve/models/fake_host.h"

#include <gtest/gtest.h>

namespace hearth::test {

namespace {

/// A real host and two tiny models on disk.
class PoolEngine : public testing::Test {
protected:
    PoolEngine() {
        for (const char* name : {"one", "two"}) {
            PoolModel model;
            model.name = name;
            model.path = m_folder.write(std::string(name) + ".gguf", tinyGguf({}).build()).string();
            m_models.push_back(model);
        }
        PoolOptions options;
        options.load.maxBatchSize = 64;
        m_pool = ModelPool::create(m_harness.host(), m_models, options);
    }

    TemporaryFolder m_folder;
    EngineHarness m_harness;
    std::vector<PoolModel> m_models;
    std::shared_ptr<ModelPool> m_pool;
};

/// `count` replies that never end by themselves, each with its lease.
std::vector<std::unique_ptr<Recorder>> stream(ModelPool& pool, const std::string& name, int count) {
    std::vector<std::unique_ptr<Recorder>> streams;
    for (int i = 0; i < count; ++i) {
        auto recorder = std::make_unique<Recorder>();
        const auto lease = take(ask(pool, name));
        Request request = greedy(somePrompt(8, std::uint32_t(i) + 1), 200);
        const auto id = lease->engine()->submit(
            std::move(request),
            [lease, inner = recorder->handler()](RequestId number, Event event) {
                inner(number, std::move(event));
            });
        EXPECT_TRUE(id);
        streams.push_back(std::move(recorder));
    }
    return streams;
}

TEST_F(PoolEngine, fault_064_unload_under_50_streams_lets_them_end) {
    auto streams = stream(*m_pool, "one", 50);
    ASSERT_TRUE(m_pool->unload("one"));
    for (const auto& recorder : streams) {
        ASSERT_TRUE(recorder->wait());
        EXPECT_TRUE(recorder->finished);
        EXPECT_EQ(recorder->tokens.size(), 200U);
    }
    EXPECT_TRUE(eventually([&] { return m_harness.host().memoryUsed() == 0; }));
    EXPECT_EQ(m_harness.host().find("one"), nullptr);
    EXPECT_TRUE(run(*take(ask(*m_pool, "one"))->engine(), greedy(somePrompt(4), 4))->finished);
}

TEST_F(PoolEngine, fault_064_the_window_unloads_under_50_streams_and_the_next_loads_again) {
    auto windows = m_harness.host().load(m_models[0].path, "one", {});
    ASSERT_TRUE(windows);
    auto streams = stream(*m_pool, "one", 50);
    streams.front()->waitForTokens(1);
    m_harness.host().unload("one");
    windows->reset();
    int cut = 0;
    for (const auto& recorder : streams) {
        ASSERT_TRUE(recorder->wait());
        EXPECT_EQ(recorder->lastEvents, 1);
        if (recorder->failed || recorder->finished->reason == FinishReason::Cancelled)
            ++cut;
    }
    EXPECT_GT(cut, 0);
    const auto lease = take(ask(*m_pool, "one"));
    EXPECT_TRUE(run(*lease->engine(), greedy(somePrompt(4), 4))->finished);
}

TEST_F(PoolEngine, fault_064_the_pool_goes_under_50_streams) {
    auto streams = stream(*m_pool, "one", 50);
    m_pool.reset();
    for (const auto& recorder : streams) {
        ASSERT_TRUE(recorder->wait());
        EXPECT_EQ(recorder->lastEvents, 1);
    }
    streams.clear();
    EXPECT_EQ(m_harness.host().memoryUsed(), 0U);
}

TEST_F(PoolEngine, ADecoderAlsoMakesEmbeddings) {
    const auto lease = take(ask(*m_pool, "two", ModelUse::Embed));
    const std::vector<std::vector<std::int32_t>> texts{{1, 2, 3}};
    const auto embeddings = lease->embedder()->embedTokens(texts);
    ASSERT_TRUE(embeddings) << embeddings.error().message();
    EXPECT_EQ(embeddings->front().values.size(), 32U);
}

} // namespace

} // namespace hearth::test
