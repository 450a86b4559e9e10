#include "engine/runtime/engine_harness.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <limits>
#include <thread>

using namespace hearth;
using namespace hearth::test;

namespace {

/// A pool of about `blocks` blocks of 16 tokens: 2 KiB each for the tiny model in f16.
LoadOptions smallPool(int blocks) {
    LoadOptions options;
    options.cacheFraction = blocks * 2048.5 / double(1 << 30);
    options.maxBatchSize = 8;
    return options;
}

/// Its weights are numbers, its logits are none: NaN weights do not get past the loader.
GgufBuilder withHugeWeights() {
    TinyModel model;
    model.edit = [](const std::string& name, std::string& data) {
        if (name != "output_norm.weight")
            return;
        const float largest = std::numeric_limits<float>::max();
        for (std::size_t at = 0; at < data.size(); at += sizeof(largest))
            std::memcpy(data.data() + at, &largest, sizeof(largest));
    };
    return tinyGguf(model);
}

} // namespace

TEST(Engine, SameTokensAloneAndInABatch) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    std::vector<std::vector<std::int32_t>> alone;
    for (std::uint32_t seed = 1; seed <= 6; ++seed)
        alone.push_back(run(*engine, greedy(somePrompt(10 * seed, seed), 20))->tokens);
    std::vector<std::unique_ptr<Recorder>> together;
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
        Request request = greedy(somePrompt(10 * seed, seed), 20);
        request.usePrefixCache = false;
        together.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE(engine->submit(std::move(request), together.back()->handler()));
    }
    for (std::size_t i = 0; i < together.size(); ++i) {
        ASSERT_TRUE(together[i]->wait());
        EXPECT_EQ(together[i]->tokens, alone[i]);
        EXPECT_EQ(together[i]->finished->reason, FinishReason::Length);
        EXPECT_EQ(together[i]->lastEvents, 1);
    }
}

TEST(Engine, SecondRoundTakesItsPromptFromThePrefixCache) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    const auto first = run(*engine, greedy(somePrompt(64), 17));
    std::vector<std::int32_t> prompt = somePrompt(64);
    prompt.insert(prompt.end(), first->tokens.begin(), first->tokens.end());
    Request fresh = greedy(prompt, 8);
    fresh.usePrefixCache = false;
    const auto computed = run(*engine, std::move(fresh));
    const auto cached = run(*engine, greedy(prompt, 8));
    EXPECT_EQ(cached->tokens, computed->tokens);
    EXPECT_EQ(computed->finished->statistics.cachedTokens, 0);
    EXPECT_GE(cached->finished->statistics.cachedTokens, 64);
}

TEST(Engine, ASeedRepeatsAReply) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    Request request = greedy(somePrompt(12), 30);
    request.sampling.temperature = 1.5F;
    request.sampling.topK = 0;
    request.sampling.seed = 42;
    const auto first = run(*engine, request);
    EXPECT_EQ(run(*engine, request)->tokens, first->tokens);
    EXPECT_EQ(first->finished->statistics.seed, 42u);
    request.sampling.seed = 43;
    EXPECT_NE(run(*engine, request)->tokens, first->tokens);
}

TEST(Engine, LogprobsComeWithEachToken) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    Request request = greedy(somePrompt(12), 5);
    request.sampling.logprobs = 3;
    const auto reply = run(*engine, request);
    ASSERT_EQ(reply->probabilities.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_EQ(reply->probabilities[i].top.size(), 3u);
        EXPECT_EQ(reply->probabilities[i].chosen.token, reply->tokens[i]);
        EXPECT_EQ(reply->probabilities[i].top[0].token, reply->tokens[i]);
        EXPECT_GE(reply->probabilities[i].top[0].logprob, reply->probabilities[i].top[1].logprob);
        EXPECT_LE(reply->probabilities[i].chosen.logprob, 0.0F);
    }
}

TEST(Engine, AShortRequestOvertakesALongOne) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    Recorder slow;
    ASSERT_TRUE(engine->submit(greedy(somePrompt(20), 200), slow.handler()));
    slow.waitForTokens(1);
    const auto quick = run(*engine, greedy(somePrompt(5, 2), 3));
    EXPECT_LT(quick->finished->statistics.totalSeconds, 30.0);
    ASSERT_TRUE(slow.wait());
    EXPECT_GT(slow.finished->statistics.totalSeconds, quick->finished->statistics.totalSeconds);
    EXPECT_EQ(slow.tokens.size(), 200u);
}

TEST(Engine, RefusesOptionsOutOfRange) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    const std::vector<std::function<void(Request&)>> changes{
        [](Request& r) { r.sampling.temperature = std::numeric_limits<float>::quiet_NaN(); },
        [](Request& r) { r.sampling.temperature = -1.0F; },
        [](Request& r) { r.sampling.topP = 0.0F; },
        [](Request& r) { r.sampling.topK = -5; },
        [](Request& r) { r.sampling.minP = 2.0F; },
        [](Request& r) { r.sampling.repetitionPenalty = 0.0F; },
        [](Request& r) { r.sampling.presencePenalty = std::numeric_limits<float>::infinity(); },
        [](Request& r) { r.sampling.logprobs = 1000; },
        [](Request& r) { r.sampling.biases = {{-1, 1.0F}}; },
        [](Request& r) { r.sampling.biases = {{64, 1.0F}}; },
        [](Request& r) { r.maxTokens = -1; },
        [](Request& r) { r.stopStrings = {""}; },
        [](Request& r) { r.stopTokens = {1 << 30}; },
        [](Request& r) { r.prompt = TokenPrompt{{5, 64}}; },
        [](Request& r) { r.promptLogits = true; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        Request request = greedy(somePrompt(4), 2);
        changes[i](request);
        const auto id = engine->submit(std::move(request), [](RequestId, Event) {});
        ASSERT_FALSE(id) << i;
        EXPECT_EQ(id.error().code, ErrorCode::InvalidArgument) << i;
    }
    EXPECT_EQ(run(*engine, greedy(somePrompt(4), 2))->tokens.size(), 2u);
}

TEST(Engine, APromptMayFillTheContextButNotExceedIt) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    EXPECT_EQ(run(*engine, greedy(somePrompt(256), 5))->tokens.size(), 1u);
    const auto beyond = run(*engine, greedy(somePrompt(257), 5));
    ASSERT_TRUE(beyond->failed);
    EXPECT_EQ(beyond->failed->code, ErrorCode::ContextExceeded);
    EXPECT_EQ(beyond->failed->needed, 257u);
    EXPECT_EQ(beyond->failed->available, 256u);
    const auto empty = run(*engine, greedy({}, 5));
    ASSERT_TRUE(empty->failed);
    EXPECT_EQ(empty->failed->code, ErrorCode::InvalidArgument);
}

TEST(Engine, AFullQueueRefusesAtOnce) {
    EngineHarness harness;
    LoadOptions options;
    options.queueCapacity = 3;
    const auto engine = harness.loadTiny(options);
    std::vector<std::unique_ptr<Recorder>> recorders;
    int refused = 0;
    for (int i = 0; i < 10; ++i) {
        auto recorder = std::make_unique<Recorder>();
        const auto id = engine->submit(greedy(somePrompt(40), 100), recorder->handler());
        if (id) {
            recorders.push_back(std::move(recorder));
            continue;
        }
        ++refused;
        EXPECT_EQ(id.error().code, ErrorCode::QueueFull);
    }
    EXPECT_GT(refused, 0);
    for (const auto& recorder : recorders)
        EXPECT_TRUE(recorder->wait());
}

TEST(Engine, UnloadEndsEveryRequestOnce) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (int i = 0; i < 30; ++i) {
        recorders.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE(engine->submit(greedy(somePrompt(50), 150), recorders.back()->handler()));
    }
    recorders.front()->waitForTokens(1);
    harness.host().unload("tiny");
    for (const auto& recorder : recorders) {
        EXPECT_EQ(recorder->lastEvents, 1);
        EXPECT_EQ(recorder->eventsBehindTheLast, 0);
    }
    const auto late = engine->submit(greedy(somePrompt(4), 2), [](RequestId, Event) {});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::ShuttingDown);
}

TEST(Engine, fault_053_pool_exhausted_gives_the_same_tokens) {
    std::vector<std::vector<std::int32_t>> roomy;
    {
        EngineHarness harness;
        const auto engine = harness.loadTiny();
        for (std::uint32_t seed = 1; seed <= 4; ++seed)
            roomy.push_back(run(*engine, greedy(somePrompt(60, seed), 90))->tokens);
    }
    EngineHarness harness;
    const auto engine = harness.loadTiny(smallPool(20)); // two and a bit of the four at their end
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        recorders.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE(engine->submit(greedy(somePrompt(60, seed), 90), recorders.back()->handler()));
    }
    for (std::size_t i = 0; i < recorders.size(); ++i) {
        ASSERT_TRUE(recorders[i]->wait());
        ASSERT_FALSE(recorders[i]->failed) << recorders[i]->failed->message();
        EXPECT_EQ(recorders[i]->tokens, roomy[i]);
    }
    EXPECT_GT(engine->statistics().preemptions, 0u);
}

TEST(Engine, PreemptionSendsNoPromptLogitsTwice) {
    EngineHarness harness;
    LoadOptions options = smallPool(20);
    options.promptLogits = true;
    const auto engine = harness.loadTiny(options);
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        Request request = greedy(somePrompt(60, seed), 90);
        request.promptLogits = true;
        recorders.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE(engine->submit(std::move(request), recorders.back()->handler()));
    }
    for (const auto& recorder : recorders) {
        ASSERT_TRUE(recorder->wait());
        std::int32_t next = 0;
        for (const LogitsEvent& event : recorder->logits) {
            EXPECT_EQ(event.first, next);
            next += event.rows;
        }
        EXPECT_EQ(next, 60);
    }
    EXPECT_GT(engine->statistics().preemptions, 0u);
}

TEST(Engine, fault_052_request_larger_than_the_pool_is_refused) {
    EngineHarness harness;
    const auto engine = harness.loadTiny(smallPool(6));
    const auto large = run(*engine, greedy(somePrompt(150), 50));
    ASSERT_TRUE(large->failed);
    EXPECT_EQ(large->failed->code, ErrorCode::CacheExceeded);
    EXPECT_GT(*large->failed->needed, *large->failed->available);
    EXPECT_EQ(run(*engine, greedy(somePrompt(30), 10))->tokens.size(), 10u);
}

TEST(Engine, fault_055_cancel_in_every_state) {
    EngineHarness harness;
    LoadOptions options;
    options.maxBatchSize = 1;
    // Replies long enough that even a busy machine cancels them before they end.
    TinyModel talkative;
    talkative.context = 16384;
    const auto loaded = harness.load(tinyGguf(talkative), options);
    ASSERT_TRUE(loaded) << loaded.error().message();
    const auto& engine = *loaded;
    Recorder running;
    Recorder queued;
    const auto runningId = engine->submit(greedy(somePrompt(30), 16000), running.handler());
    const auto queuedId = engine->submit(greedy(somePrompt(30), 16000), queued.handler());
    running.waitForTokens(3);
    engine->cancel(*queuedId);
    engine->cancel(*runningId);
    engine->cancel(*runningId);
    engine->cancel(987654);
    ASSERT_TRUE(running.wait());
    ASSERT_TRUE(queued.wait());
    EXPECT_EQ(running.finished->reason, FinishReason::Cancelled);
    EXPECT_EQ(queued.finished->reason, FinishReason::Cancelled);
    // At once after submit: before the prompt is even prepared, or while it is.
    for (int i = 0; i < 50; ++i) {
        Recorder recorder;
        const auto id = engine->submit(greedy(somePrompt(200), 50), recorder.handler());
        engine->cancel(*id);
        ASSERT_TRUE(recorder.wait());
        EXPECT_EQ(recorder.finished->reason, FinishReason::Cancelled);
    }
    EXPECT_EQ(run(*engine, greedy(somePrompt(30), 4))->tokens.size(), 4u);
    // Statistics are published after the step that sent the last event.
    for (int i = 0; i < 1000 && engine->statistics().kvBlocksUsed > 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(engine->statistics().kvBlocksUsed, 0);
}

TEST(Engine, fault_060_non_finite_logits_end_that_request_alone) {
    EngineHarness harness;
    const auto good = harness.loadTiny();
    const auto bad = harness.load(withHugeWeights(), {}, "bad");
    ASSERT_TRUE(bad) << bad.error().message();
    for (int i = 0; i < 2; ++i) {
        const auto reply = run(**bad, greedy(somePrompt(8), 5));
        ASSERT_TRUE(reply->failed);
        EXPECT_EQ(reply->failed->code, ErrorCode::NonFiniteLogits);
        EXPECT_EQ(reply->lastEvents, 1);
    }
    EXPECT_EQ(run(*good, greedy(somePrompt(8), 5))->tokens.size(), 5u);
}

TEST(Engine, fault_018_model_file_cut_off_in_use_fails_requests_only) {
    const TemporaryFolder folder;
    const auto path = folder.write("m.gguf", tinyGguf({}).build());
    EngineHarness harness;
    const auto engine = harness.host().load(path.string(), "cut", {});
    ASSERT_TRUE(engine);
    EXPECT_EQ(run(**engine, greedy(somePrompt(8), 5))->tokens.size(), 5u);
    std::filesystem::resize_file(path, 64);
    const auto after = run(**engine, greedy(somePrompt(8), 5));
    // Weights that were repacked live on; those read from the file are gone, and that is said.
    if (after->failed) {
        EXPECT_EQ(after->failed->code, ErrorCode::Corrupt);
    } else {
        EXPECT_EQ(after->tokens.size(), 5u);
    }
    const auto other = harness.loadTiny();
    EXPECT_EQ(run(*other, greedy(somePrompt(8), 5))->tokens.size(), 5u);
}
