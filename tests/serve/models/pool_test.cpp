#include "serve/models/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::test {

namespace {

using testing::ElementsAre;
using Seconds = std::chrono::seconds;

PoolModelStatus statusOf(const ModelPool& pool, const std::string& name) {
    auto status = pool.find(name);
    EXPECT_TRUE(status);
    return status ? *status : PoolModelStatus{};
}

TEST(ModelPool, LoadsOnDemandAndOnlyOnce) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, {});
    EXPECT_EQ(pool->defaultModel(), "a");
    EXPECT_EQ(statusOf(*pool, "a").state, PoolState::Unloaded);
    host.setGate(false);
    auto first = ask(*pool, "a");
    auto second = ask(*pool, "");
    host.waitForLoads(1);
    const PoolModelStatus loading = statusOf(*pool, "a");
    EXPECT_EQ(loading.state, PoolState::Loading);
    EXPECT_DOUBLE_EQ(loading.progress, 0.5);
    host.setGate(true);
    const auto one = take(std::move(first));
    const auto two = take(std::move(second));
    EXPECT_EQ(one->engine(), two->engine());
    EXPECT_EQ(one->model().name, "a");
    EXPECT_EQ(one->embedder(), nullptr);
    EXPECT_EQ(statusOf(*pool, "a").leases, 2);
    EXPECT_THAT(host.log(), ElementsAre("load a"));
}

TEST(ModelPool, NamesThatNobodyKnowsAreNotFound) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a")}, {});
    for (const char* name : {"b", "../a", "/models/a", "A"}) {
        const LeaseResult lease = ask(*pool, name).get();
        ASSERT_FALSE(lease);
        EXPECT_EQ(lease.error().code, ErrorCode::NotFound);
        EXPECT_EQ(lease.error().field, name);
        EXPECT_FALSE(pool->find(name));
        EXPECT_FALSE(pool->unload(name));
    }
}

TEST(ModelPool, WhoAsksForWhatIsNotThereIsToldWhatIs) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a")}, {});
    EXPECT_EQ(pool->find("b").error().detail, "There is `a`.");
    std::vector<PoolModel> models;
    for (const char* name : {"a", "b", "c", "d", "e", "f"})
        models.push_back(poolModel(name));
    pool->setModels(models);
    EXPECT_EQ(ask(*pool, "g").get().error().detail,
              "There are `a`, `b`, `c`, `d` and 2 more.");
    pool->setModels({});
    EXPECT_EQ(pool->find("b").error().detail, "There is no model yet.");
}

TEST(ModelPool, AnEncoderGeneratesNothing) {
    FakeHost host;
    PoolModel encoder = poolModel("bert");
    encoder.kind = ModelKind::Encoder;
    const auto pool = ModelPool::create(host, {encoder}, {});
    const LeaseResult lease = ask(*pool, "bert").get();
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().code, ErrorCode::Unsupported);
    EXPECT_NE(take(ask(*pool, "bert", ModelUse::Embed))->embedder(), nullptr);
}

TEST(ModelPool, AFailedLoadAnswersAllAndTheNextTriesAgain) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("corrupt")}, {});
    host.setGate(false);
    auto first = ask(*pool, "corrupt");
    auto second = ask(*pool, "corrupt");
    host.setGate(true);
    EXPECT_EQ(first.get().error().code, ErrorCode::Corrupt);
    EXPECT_EQ(second.get().error().code, ErrorCode::Corrupt);
    EXPECT_EQ(ask(*pool, "corrupt").get().error().code, ErrorCode::Corrupt);
    EXPECT_THAT(host.log(), ElementsAre("load corrupt", "load corrupt"));
}

TEST(ModelPool, EmbeddingsAreAUseOfTheirOwn) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a")}, {});
    auto embedding = take(ask(*pool, "a", ModelUse::Embed));
    const auto text = take(ask(*pool, "a"));
    EXPECT_NE(embedding->embedder(), nullptr);
    EXPECT_EQ(embedding->engine(), nullptr);
    EXPECT_EQ(statusOf(*pool, "a").leases, 2);
    ASSERT_TRUE(pool->unload("a"));
    embedding.reset();
    EXPECT_TRUE(eventually([&] { return *host.embedders == 0; }));
    EXPECT_NE(host.find("a"), nullptr);
}

TEST(ModelPool, UnloadsWhenTheLastLeaseIsGone) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a")}, {});
    auto lease = take(ask(*pool, "a"));
    ASSERT_TRUE(pool->unload("a"));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_NE(host.find("a"), nullptr);
    lease.reset();
    EXPECT_TRUE(eventually([&] { return host.find("a") == nullptr; }));
    EXPECT_TRUE(eventually([&] { return statusOf(*pool, "a").state == PoolState::Unloaded; }));
    EXPECT_NE(take(ask(*pool, "a")), nullptr);
    EXPECT_THAT(host.log(), ElementsAre("load a", "unload a", "load a"));
}

TEST(ModelPool, UnloadingStopsALoad) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a")}, {});
    host.setGate(false);
    auto answer = ask(*pool, "a");
    host.waitForLoads(1);
    ASSERT_TRUE(pool->unload("a"));
    EXPECT_EQ(answer.get().error().code, ErrorCode::ShuttingDown);
}

TEST(ModelPool, GoesWhileModelsLoad) {
    FakeHost host;
    auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, {});
    host.setGate(false);
    auto first = ask(*pool, "a");
    auto second = ask(*pool, "b");
    host.waitForLoads(1);
    pool.reset();
    EXPECT_EQ(first.get().error().code, ErrorCode::ShuttingDown);
    EXPECT_EQ(second.get().error().code, ErrorCode::ShuttingDown);
}

TEST(ModelPool, MayBeHeldByWhatItAnswers) {
    for (int i = 0; i < 50; ++i) {
        FakeHost host;
        auto pool = ModelPool::create(host, {poolModel("a")}, {});
        std::promise<void> answered;
        auto* const raw = pool.get();
        raw->acquire("a", ModelUse::Generate,
                     [held = pool, &answered](const LeaseResult&) { answered.set_value(); });
        if (i % 2 == 0) {
            pool->close();
            EXPECT_TRUE(host.find("a") == nullptr);
            EXPECT_FALSE(pool->find("a"));
            EXPECT_EQ(ask(*pool, "a").get().error().code, ErrorCode::ShuttingDown);
        }
        answered.get_future().wait();
        pool.reset();
        EXPECT_TRUE(eventually([&] { return host.find("a") == nullptr; }));
        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // its thread's last steps
    }
}

TEST(ModelPool, ALeaseOutlivesThePool) {
    FakeHost host;
    auto pool = ModelPool::create(host, {poolModel("a")}, {});
    auto lease = take(ask(*pool, "a"));
    pool.reset();
    EXPECT_EQ(host.find("a"), nullptr);
    EXPECT_EQ(lease->engine()->model().name, "a");
    lease.reset();
}

TEST(ModelPool, TheWindowsModelIsFoundAndKept) {
    FakeHost host;
    auto windows = *host.load("/elsewhere/w", "w", {}, {}, {});
    PoolOptions options;
    options.idleTime = Seconds(1);
    auto pool = ModelPool::create(host, {poolModel("a")}, options);
    const PoolModelStatus status = statusOf(*pool, "w");
    EXPECT_EQ(status.state, PoolState::Loaded);
    EXPECT_TRUE(status.pinned);
    EXPECT_EQ(pool->models().size(), 2U);
    EXPECT_EQ(take(ask(*pool, "w"))->engine(), windows.get());
    EXPECT_EQ(pool->unload("w").error().code, ErrorCode::InvalidArgument);
    EXPECT_TRUE(pool->pin("w", false));
    EXPECT_EQ(pool->unload("w").error().code, ErrorCode::InvalidArgument);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    EXPECT_EQ(host.find("w"), windows);
    pool.reset();
    EXPECT_EQ(host.find("w"), windows);
    EXPECT_THAT(host.log(), ElementsAre("load w"));
}

TEST(ModelPool, LetsGoOfTheWindowsModelWhenTheWindowDoes) {
    FakeHost host;
    const std::weak_ptr<Engine> windows = *host.load("/elsewhere/w", "w", {}, {}, {});
    const auto pool = ModelPool::create(host, {poolModel("w")}, {});
    auto lease = take(ask(*pool, "w"));
    host.unload("w");
    EXPECT_FALSE(windows.expired()); // the lease holds it
    lease.reset();
    EXPECT_TRUE(windows.expired());
    EXPECT_NE(take(ask(*pool, "w")), nullptr); // loaded by the pool now
    EXPECT_TRUE(pool->unload("w"));
    EXPECT_TRUE(eventually([&] { return host.find("w") == nullptr; }));
}

TEST(ModelPool, ForgetsWhatWasUnloadedUnderIt) {
    FakeHost host;
    const auto pool = ModelPool::create(host, {poolModel("a")}, {});
    take(ask(*pool, "a")).reset();
    host.unload("a");
    EXPECT_EQ(statusOf(*pool, "a").state, PoolState::Unloaded);
    const auto lease = take(ask(*pool, "a"));
    EXPECT_EQ(lease->engine(), host.find("a").get());
}

} // namespace

} // namespace hearth::test
