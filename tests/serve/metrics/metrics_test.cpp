#include "serve/metrics/metrics.h"
#include "serve/metrics/still_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace hearth::test {

using namespace std::chrono_literals;
using namespace serve;
using testing::HasSubstr;

namespace {

/// A request that was answered in 2 s: submitted after 0.1 s, prefilled from 0.3 s to 0.6 s.
struct Finished {
    Finished() {
        const auto now = std::chrono::steady_clock::now();
        times.received = now - 2s;
        times.read = now - 1950ms;
        times.finished = now;
        note.submitted = now - 1900ms;
        note.model = "tiny";
        note.queueSeconds = 0.2;
        note.timeToFirstToken = 0.5;
        note.tokensPerSecond = 20.0;
        note.promptTokens = 7;
        note.completionTokens = 29;
        note.finishReason = "length";
        entry.method = "POST";
        entry.status = 200;
        route.path = "/v1/chat/completions";
        route.generates = true;
    }
    [[nodiscard]] Served served() const { return {entry, request, note, times, &route}; }

    ServedRequest entry;
    HttpRequest request;
    RequestNote note;
    RequestTimes times;
    Route route;
};

struct MetricsTest : testing::Test {
    std::shared_ptr<StillEngine> engine = std::make_shared<StillEngine>();
    std::shared_ptr<StillPool> pool = std::make_shared<StillPool>();
    Metrics metrics{pool, 30s};
};

/// "name{labels}" → value.
std::map<std::string, double> parse(const std::string& text) {
    std::map<std::string, double> values;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with('#')) {
            const std::size_t space = line.rfind(' ');
            EXPECT_TRUE(values.emplace(line.substr(0, space), std::stod(line.substr(space))).second)
                << line;
        }
    return values;
}

} // namespace

TEST_F(MetricsTest, TellsTheEngineUnderAllNames) {
    engine->change([](EngineStatistics& s) {
        s.running = 3;
        s.waiting = 5;
        s.kvBlocks = 200;
        s.kvBlocksUsed = 50;
        s.promptTokens = 1000;
        s.cachedTokens = 250;
        s.completionTokens = 77;
    });
    pool->set("tiny", PoolState::Loaded, engine);
    const std::map<std::string, double> values = parse(metrics.text());
    const auto value = [&](const std::string& name) {
        return values.at(name + R"({model_name="tiny"})");
    };
    for (const char* prefix : {"vllm:num_", "lmdeploy:num_", "hearth_"}) {
        EXPECT_EQ(value(std::string(prefix) + "requests_running"), 3);
        EXPECT_EQ(value(std::string(prefix) + "requests_waiting"), 5);
    }
    for (const char* prefix : {"vllm:", "lmdeploy:", "hearth_"}) {
        EXPECT_EQ(value(std::string(prefix) + "prompt_tokens_total"), 1000);
        EXPECT_EQ(value(std::string(prefix) + "generation_tokens_total"), 77);
    }
    EXPECT_EQ(value("vllm:kv_cache_usage_perc"), 0.25);
    EXPECT_EQ(value("lmdeploy:gpu_cache_usage_perc"), 0.25);
    EXPECT_EQ(value("vllm:prefix_cache_hits_total"), 250);
    EXPECT_EQ(value("vllm:prefix_cache_queries_total"), 1000);
    EXPECT_EQ(value("hearth_model_loaded"), 1);
}

TEST_F(MetricsTest, TimesThePhasesOfARequest) {
    metrics.record(Finished().served());
    const std::map<std::string, double> values = parse(metrics.text());
    const auto sum = [&](const char* name) {
        return values.at(std::string(name) + R"(_sum{model_name="tiny"})");
    };
    EXPECT_NEAR(sum("vllm:time_to_first_token_seconds"), 0.6, 1e-6);
    EXPECT_NEAR(sum("lmdeploy:time_to_first_token_seconds"), 0.6, 1e-6);
    EXPECT_NEAR(sum("vllm:time_per_output_token_seconds"), 0.05, 1e-6);
    EXPECT_NEAR(sum("vllm:e2e_request_latency_seconds"), 2.0, 1e-6);
    EXPECT_NEAR(sum("vllm:request_queue_time_seconds"), 0.2, 1e-6);
    EXPECT_NEAR(sum("vllm:request_prefill_time_seconds"), 0.3, 1e-6);
    EXPECT_NEAR(sum("vllm:request_decode_time_seconds"), 1.4, 1e-6);
    EXPECT_EQ(sum("vllm:request_prompt_tokens"), 7);
    EXPECT_EQ(sum("vllm:request_generation_tokens"), 29);
    EXPECT_EQ(
        values.at(
            R"(vllm:request_success_total{finished_reason="length",model_name="tiny"})"),
        1);
    EXPECT_EQ(values.at(R"(hearth_http_requests_total{method="POST",)"
                        R"(route="/v1/chat/completions",status="200"})"),
              1);
}

TEST_F(MetricsTest, TellsAbortsAndErrorsApart) {
    Finished finished;
    finished.entry.status = 499;
    metrics.record(finished.served());
    finished.entry.status = 500;
    metrics.record(finished.served());
    EXPECT_THAT(metrics.text(), HasSubstr(R"(finished_reason="abort")"));
    EXPECT_THAT(metrics.text(), HasSubstr(R"(finished_reason="error")"));
}

TEST_F(MetricsTest, ClientsCannotMakeLabelsWithoutEnd) {
    Finished finished;
    for (int i = 0; i < 1000; ++i) {
        finished.note.model = "m" + std::to_string(i);
        metrics.record(finished.served());
    }
    std::set<std::string> models;
    for (const auto& [name, value] : parse(metrics.text()))
        if (name.starts_with("vllm:e2e_request_latency_seconds_count"))
            models.insert(name);
    EXPECT_EQ(models.size(), 257U);
}

} // namespace hearth::test
