#include "hearth/server.h"
#include "serve/metrics/health.h"
#include "serve/metrics/still_pool.h"
#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>

namespace hearth::test {

using namespace std::chrono_literals;
using serve::Health;
using serve::HealthState;

namespace {

struct HealthTest : testing::Test {
    std::shared_ptr<StillEngine> engine = std::make_shared<StillEngine>();
    std::shared_ptr<StillPool> pool = std::make_shared<StillPool>();

    bool reaches(const Health& health, HealthState state) {
        return eventually([&] { return health.state() == state; });
    }
};

} // namespace

TEST_F(HealthTest, IsReadyWhileNothingIsAskedFor) {
    pool->set("m", PoolState::Unloaded);
    const Health health(pool, 50ms);
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(health.state(), HealthState::Ready);
    pool->set("m", PoolState::Loaded, engine);
    std::this_thread::sleep_for(200ms); // no step, but no work either
    EXPECT_EQ(health.state(), HealthState::Ready);
}

TEST_F(HealthTest, SaysThatTheOnlyModelIsBeingLoaded) {
    pool->set("m", PoolState::Loading);
    const Health health(pool, 10s);
    EXPECT_TRUE(reaches(health, HealthState::Loading));
    pool->set("m", PoolState::Loaded, engine);
    EXPECT_TRUE(reaches(health, HealthState::Ready));
}

TEST_F(HealthTest, fault_065_a_hung_step_is_noticed_and_its_end_too) {
    engine->change([](EngineStatistics& s) { s.running = 1; });
    pool->set("m", PoolState::Loaded, engine);
    const Health health(pool, 100ms);
    EXPECT_TRUE(reaches(health, HealthState::Stalled));
    engine->change([](EngineStatistics& s) { ++s.steps; });
    EXPECT_TRUE(reaches(health, HealthState::Ready));
    for (int i = 0; i < 30; ++i) { // slow, but at work
        engine->change([](EngineStatistics& s) { ++s.steps; });
        std::this_thread::sleep_for(10ms);
        EXPECT_EQ(health.state(), HealthState::Ready);
    }
}

TEST_F(HealthTest, fault_065_a_pool_that_does_not_answer_is_noticed_without_waiting) {
    pool->set("m", PoolState::Loaded, engine);
    const Health health(pool, 50ms);
    const auto held = pool->hold();
    EXPECT_TRUE(reaches(health, HealthState::Stalled));
}

TEST_F(HealthTest, fault_065_the_server_says_503_while_it_still_answers) {
    pool->set("m", PoolState::Loaded, engine);
    ServerOptions options;
    options.port = 0;
    options.stallAfter = 1s;
    const std::unique_ptr<Server> server = *Server::start(options, pool);
    const auto status = [&](const char* path) {
        return exchangeRaw(server->port(), makeRequest("GET", path)).status;
    };
    EXPECT_EQ(status("/health"), 200);
    engine->change([](EngineStatistics& s) { s.running = 1; });
    ASSERT_TRUE(eventually([&] { return status("/health") == 503; }));
    EXPECT_NE(exchangeRaw(server->port(), makeRequest("GET", "/v1/health")).body.find("stalled"),
              std::string::npos);
    EXPECT_EQ(status("/metrics"), 200);
    engine->change([](EngineStatistics& s) { s.deviceLost = true; });
    ASSERT_TRUE(eventually([&] {
        return exchangeRaw(server->port(), makeRequest("GET", "/ping")).body.find("device_lost") !=
               std::string::npos;
    }));
}

} // namespace hearth::test
