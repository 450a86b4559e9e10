#include "engine/runtime/engine_harness.h"
#include "sampling/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <map>

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr std::int32_t kVocabulary = 8;
constexpr std::int32_t kEnd = 3;
const std::vector<std::int32_t> kPrompt{1, 5, 2, 7, 4};

std::shared_ptr<Engine> loadSmall(EngineHarness& harness) {
    TinyModel model;
    model.vocabulary = kVocabulary;
    LoadOptions options;
    options.promptLogits = true;
    const auto engine = harness.load(tinyGguf(model), options);
    EXPECT_TRUE(engine) << engine.error().message();
    return *engine;
}

Result<BeamResult> search(Engine& engine, const BeamSearchOptions& options) {
    std::promise<Result<BeamResult>> done;
    auto result = done.get_future();
    const auto running =
        BeamSearch::start(engine, TokenPrompt{kPrompt}, options,
                          [&](Result<BeamResult> r) { done.set_value(std::move(r)); });
    EXPECT_TRUE(running);
    return result.get();
}

/// log p of each token behind the prompt and `tokens`, from whole rows of logits.
std::vector<double> distribution(Engine& engine, const std::vector<std::int32_t>& tokens) {
    static std::map<std::vector<std::int32_t>, std::vector<double>> known;
    if (const auto found = known.find(tokens); found != known.end())
        return found->second;
    std::vector<std::int32_t> prompt = kPrompt;
    prompt.insert(prompt.end(), tokens.begin(), tokens.end());
    Request request = greedy(prompt, 1);
    request.promptLogits = true;
    const auto reply = run(engine, request);
    const std::vector<float>& rows = reply->logits.back().logits;
    std::vector<double> row(rows.end() - kVocabulary, rows.end());
    double sum = 0.0;
    for (const double logit : row)
        sum += std::exp(logit);
    for (double& logit : row)
        logit -= std::log(sum);
    return known[tokens] = row;
}

struct Found {
    std::vector<std::int32_t> tokens;
    double score = 0.0;
};

/// Every reply of at most `length` tokens.
void enumerate(Engine& engine, std::vector<std::int32_t>& tokens, double logprob,
               std::size_t length, double penalty, std::vector<Found>& all) {
    const std::vector<double> next = distribution(engine, tokens);
    for (std::int32_t token = 0; token < kVocabulary; ++token) {
        const double sum = logprob + next[std::size_t(token)];
        const double size = double(tokens.size() + 1);
        if (token == kEnd) {
            all.push_back({tokens, sum / std::pow(size, penalty)});
            continue;
        }
        tokens.push_back(token);
        if (tokens.size() == length)
            all.push_back({tokens, sum / std::pow(size, penalty)});
        else
            enumerate(engine, tokens, sum, length, penalty, all);
        tokens.pop_back();
    }
}

/// Beam search as it is written in books, over whole distributions.
std::vector<Found> naive(Engine& engine, int width, int length, double penalty) {
    std::vector<Found> running{{{}, 0.0}};
    std::vector<Found> finished;
    for (int step = 1; step <= length; ++step) {
        std::vector<Found> all;
        for (const Found& beam : running) {
            const std::vector<double> next = distribution(engine, beam.tokens);
            for (std::int32_t token = 0; token < kVocabulary; ++token) {
                all.push_back({beam.tokens, beam.score + next[std::size_t(token)]});
                all.back().tokens.push_back(token);
            }
        }
        std::sort(all.begin(), all.end(),
                  [](const Found& a, const Found& b) { return a.score > b.score; });
        running.clear();
        for (std::size_t i = 0; i < all.size() && running.size() < std::size_t(width); ++i) {
            if (all[i].tokens.back() != kEnd)
                running.push_back(all[i]);
            else if (i < std::size_t(width))
                finished.push_back({{all[i].tokens.begin(), all[i].tokens.end() - 1},
                                    all[i].score / std::pow(step, penalty)});
        }
    }
    for (const Found& beam : running)
        finished.push_back({beam.tokens, beam.score / std::pow(length, penalty)});
    std::sort(finished.begin(), finished.end(),
              [](const Found& a, const Found& b) { return a.score > b.score; });
    return finished;
}

void expectSame(const BeamResult& result, const std::vector<Found>& expected) {
    for (std::size_t i = 0; i < result.replies.size(); ++i) {
        EXPECT_EQ(result.replies[i].tokens, expected[i].tokens) << i;
        EXPECT_NEAR(result.replies[i].score, expected[i].score, 1e-4) << i;
    }
}

} // namespace

TEST(BeamSearch, FindsTheBestOfAllReplies) {
    EngineHarness harness;
    const auto engine = loadSmall(harness);
    for (const double penalty : {0.0, 1.0, 2.0}) {
        // As wide as the vocabulary: nothing is lost before the second token.
        BeamSearchOptions options;
        options.width = kVocabulary;
        options.best = 5;
        options.maxTokens = 2;
        options.lengthPenalty = penalty;
        options.endTokens = {kEnd};
        const auto result = search(*engine, options);
        ASSERT_TRUE(result) << result.error().message();
        std::vector<Found> all;
        std::vector<std::int32_t> tokens;
        enumerate(*engine, tokens, 0.0, 2, penalty, all);
        std::sort(all.begin(), all.end(),
                  [](const Found& a, const Found& b) { return a.score > b.score; });
        ASSERT_EQ(result->replies.size(), 5u);
        expectSame(*result, all);
    }
}

TEST(BeamSearch, KeepsTheBeamsThatTheDefinitionKeeps) {
    EngineHarness harness;
    const auto engine = loadSmall(harness);
    for (const int width : {1, 2, 3}) {
        BeamSearchOptions options;
        options.width = width;
        options.best = width;
        options.maxTokens = 6;
        options.endTokens = {kEnd};
        const auto result = search(*engine, options);
        ASSERT_TRUE(result);
        ASSERT_EQ(result->replies.size(), std::size_t(width));
        expectSame(*result, naive(*engine, width, 6, 1.0));
        EXPECT_EQ(result->promptTokens, 5);
    }
}

TEST(BeamSearch, StopsEarlyWhereItIsToldTo) {
    BeamRules rules;
    rules.width = 2;
    rules.maxTokens = 100;
    rules.endTokens = {0};
    rules.earlyStop = EarlyStop::WhenFull;
    BeamState state(rules);
    state.advance(std::vector<std::vector<BeamCandidate>>{{{0, -0.1}, {1, -0.2}, {2, -5.0}}});
    ASSERT_EQ(state.running().size(), 2u);
    state.advance(std::vector<std::vector<BeamCandidate>>{{{0, -0.1}, {1, -0.2}},
                                                          {{1, -0.1}, {2, -0.2}}});
    EXPECT_TRUE(state.running().empty());
    ASSERT_EQ(state.finished().size(), 2u);
    EXPECT_NEAR(state.finished()[0].score, -0.1, 1e-9);
    EXPECT_NEAR(state.finished()[1].score, -0.15, 1e-9);
}

TEST(BeamSearch, AFullContextEndsReplies) {
    EngineHarness harness;
    const auto engine = loadSmall(harness);
    BeamSearchOptions options;
    options.width = 2;
    options.maxTokens = 1000;
    options.endTokens = {kVocabulary + 1};
    const auto result = search(*engine, options);
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_EQ(result->replies.size(), 1u);
    EXPECT_EQ(result->replies[0].reason, FinishReason::Length);
    EXPECT_GE(result->replies[0].tokens.size() + kPrompt.size(), 256u);
}

TEST(BeamSearch, CancelLeavesNothingBehind) {
    EngineHarness harness;
    const auto engine = loadSmall(harness);
    for (int round = 0; round < 10; ++round) {
        BeamSearchOptions options;
        options.maxTokens = 200;
        std::promise<Result<BeamResult>> done;
        auto result = done.get_future();
        const auto running =
            BeamSearch::start(*engine, TokenPrompt{kPrompt}, options,
                              [&](Result<BeamResult> r) { done.set_value(std::move(r)); });
        ASSERT_TRUE(running);
        std::this_thread::sleep_for(std::chrono::milliseconds(round));
        (*running)->cancel();
        const auto outcome = result.get();
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, ErrorCode::Cancelled);
    }
    const auto after = run(*engine, greedy(kPrompt, 3));
    EXPECT_TRUE(after->finished);
    // Statistics follow the last event.
    for (int tries = 0; tries < 200 && engine->statistics().running > 0; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(engine->statistics().running, 0);
}

TEST(BeamSearch, RefusesOptionsOutOfRange) {
    EngineHarness harness;
    const auto engine = loadSmall(harness);
    BeamSearchOptions options;
    options.width = 11;
    EXPECT_FALSE(BeamSearch::start(*engine, TokenPrompt{kPrompt}, options, {}));
    options.width = 2;
    options.best = 3;
    EXPECT_FALSE(BeamSearch::start(*engine, TokenPrompt{kPrompt}, options, {}));
}
