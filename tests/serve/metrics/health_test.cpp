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
    /// Waits until nothing has changed for longer than `stallAfter`, as `health` has seen.
    void outlast(std::chrono::milliseconds stallAfter) {
        const auto begin = std::chrono::steady_clock::now();
        const int before = pool->looks;
        ASSERT_TRUE(eventually([&] {
            return std::chrono::steady_clock::now() - begin > 2 * stallAfter &&
                   pool->looks >= before + 4;
        }));
    }
};

} // namespace

TEST_F(HealthTest, IsReadyWhileNothingIsAskedFor) {
    pool->set("m", PoolState::Unloaded);
    const Health health(pool, 50ms);
    outlast(50ms);
    EXPECT_TRUE(reaches(health, HealthState::Ready));
    pool->set("m", PoolState::Loaded, engine);
    outlast(50ms); // no step, but no work either
    EXPECT_TRUE(reaches(health, HealthState::Ready));
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
    engine->isAtWork = true;
    EXPECT_TRUE(reaches(health, HealthState::Ready));
    outlast(100ms); // slow, but at work
    EXPECT_TRUE(reaches(health, HealthState::Ready));
    engine->isAtWork = false;
    EXPECT_TRUE(reaches(health, HealthState::Stalled));
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
    EXPECT_TRUE(eventually([&] { return status("/health") == 200; }));
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
