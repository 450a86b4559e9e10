#include "serve/models/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::test {

namespace {

using testing::ElementsAre;
using Seconds = std::chrono::seconds;

PoolOptions shortTime() {
    PoolOptions options;
    options.idleTime = Seconds(1);
    return options;
}

TEST(ModelPoolMemory, TheLeastRecentlyUsedGoesFirst) {
    FakeHost host;
    host.capacity = 2;
    const auto pool =
        ModelPool::create(host, {poolModel("a"), poolModel("b"), poolModel("c")}, {});
    take(ask(*pool, "a")).reset();
    take(ask(*pool, "b")).reset();
    take(ask(*pool, "a")).reset();
    take(ask(*pool, "c")).reset();
    EXPECT_NE(host.find("a"), nullptr);
    EXPECT_EQ(host.find("b"), nullptr);
    EXPECT_THAT(host.log(),
                ElementsAre("load a", "load b", "load c", "unload b", "load c"));
}

TEST(ModelPoolMemory, AnEmbedderMakesRoomToo) {
    FakeHost host;
    host.capacity = 1;
    const auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, {});
    take(ask(*pool, "a", ModelUse::Embed)).reset();
    take(ask(*pool, "b")).reset();
    EXPECT_EQ(*host.embedders, 0U);
    EXPECT_NE(host.find("b"), nullptr);
}

TEST(ModelPoolMemory, PinnedModelsAndTheWindowsStay) {
    FakeHost host;
    host.capacity = 2;
    ASSERT_TRUE(host.load("/elsewhere/w", "w", {}, {}, {}));
    const auto pool =
        ModelPool::create(host, {poolModel("a"), poolModel("b")}, shortTime());
    EXPECT_EQ(pool->pin("a", true).error().code, ErrorCode::InvalidArgument);
    take(ask(*pool, "a")).reset();
    ASSERT_TRUE(pool->pin("a", true));
    EXPECT_EQ(pool->unload("a").error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(ask(*pool, "b").get().error().code, ErrorCode::OutOfMemory);
    EXPECT_NE(host.find("a"), nullptr);
    EXPECT_NE(host.find("w"), nullptr);
    ASSERT_TRUE(pool->pin("a", false));
    EXPECT_NE(take(ask(*pool, "b")), nullptr);
    EXPECT_NE(host.find("w"), nullptr);
}

TEST(ModelPoolMemory, AModelThatTheWindowTookUpStays) {
    FakeHost host;
    host.capacity = 1;
    const auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, shortTime());
    take(ask(*pool, "a")).reset();
    auto windows = host.find("a");
    EXPECT_EQ(ask(*pool, "b").get().error().code, ErrorCode::OutOfMemory);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    EXPECT_NE(host.find("a"), nullptr);
    windows.reset();
    EXPECT_TRUE(eventually([&] { return host.find("a") == nullptr; }));
}

TEST(ModelPoolMemory, AJobOfTheWindowIsNotEvicted) {
    FakeHost host;
    host.capacity = 1;
    const auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, {});
    take(ask(*pool, "a")).reset();
    static_cast<FakeEngine&>(*host.find("a")).running = 1;
    EXPECT_EQ(ask(*pool, "b").get().error().code, ErrorCode::OutOfMemory);
    static_cast<FakeEngine&>(*host.find("a")).running = 0;
    EXPECT_NE(take(ask(*pool, "b")), nullptr);
}

TEST(ModelPoolMemory, WaitsForTheLeasesOfTheModelThatHasToGo) {
    FakeHost host;
    host.capacity = 1;
    const auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, {});
    auto first = take(ask(*pool, "a"));
    auto other = ask(*pool, "b");
    host.waitForLoads(2);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    auto again = ask(*pool, "a"); // waits until b has had its turn
    EXPECT_EQ(again.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    first.reset();
    take(std::move(other)).reset();
    const auto lease = take(std::move(again));
    EXPECT_EQ(lease->engine(), host.find("a").get());
    EXPECT_EQ(host.find("b"), nullptr);
}

TEST(ModelPoolMemory, ALeaseThatNeverEndsCostsTheOtherItsLoad) {
    FakeHost host;
    host.capacity = 1;
    PoolOptions options;
    options.roomTime = Seconds(1);
    const auto pool = ModelPool::create(host, {poolModel("a"), poolModel("b")}, options);
    const auto held = take(ask(*pool, "a"));
    auto other = ask(*pool, "b");
    host.waitForLoads(2);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    auto again = ask(*pool, "a");
    EXPECT_EQ(other.get().error().code, ErrorCode::OutOfMemory);
    EXPECT_EQ(take(std::move(again))->engine(), held->engine());
}

TEST(ModelPoolMemory, IdleModelsAreUnloaded) {
    FakeHost host;
    const auto pool =
        ModelPool::create(host, {poolModel("a"), poolModel("b"), poolModel("c")}, shortTime());
    take(ask(*pool, "a")).reset();
    const auto used = take(ask(*pool, "b"));
    take(ask(*pool, "c")).reset();
    ASSERT_TRUE(pool->keepFor("c", Seconds(0)));
    EXPECT_TRUE(pool->find("a")->unloadsAt);
    EXPECT_FALSE(pool->find("c")->unloadsAt);
    EXPECT_TRUE(eventually([&] { return host.find("a") == nullptr; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_NE(host.find("b"), nullptr);
    EXPECT_NE(host.find("c"), nullptr);
}

} // namespace

} // namespace hearth::test
