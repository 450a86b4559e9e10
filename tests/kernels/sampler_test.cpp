#include "common/philox.h"
#include "cpu/sampler.h"

#include "kernels/cpu_test_support.h"

#include <limits>
#include <map>
#include <numeric>
#include <random>

namespace hearth::kernels::testing {

namespace {

using cpu::LogitRows;
using cpu::Sampler;
using cpu::ThreadPool;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class SamplerTest : public AtEachFeature {
protected:
    SampleResult sampleOne(const std::vector<float>& logits, const SamplingRow& row) {
        std::vector<SampleResult> results(1);
        EXPECT_EQ(sample(logits, {row}, results), Status::Ok);
        return results[0];
    }
    /// All rows read the same logits.
    Status sample(const std::vector<float>& logits, const std::vector<SamplingRow>& rows,
                  std::vector<SampleResult>& results) {
        const auto vocabulary = std::int32_t(logits.size());
        Sampler sampler;
        EXPECT_EQ(sampler.reserve(vocabulary, pool.threads(), feature), Status::Ok);
        return sampler.sample(pool, {logits.data(), 0, vocabulary}, rows, results);
    }
    std::int32_t greedy(const std::vector<float>& logits, SamplingRow row = {}) {
        row.temperature = 0.0F;
        return sampleOne(logits, row).token;
    }
    /// How often each token comes at positions [0, draws).
    std::map<std::int32_t, int> histogram(const std::vector<float>& logits, SamplingRow row,
                                          int draws) {
        std::vector<SamplingRow> rows(std::size_t(draws), row);
        for (int i = 0; i < draws; ++i)
            rows[std::size_t(i)].position = i;
        std::vector<SampleResult> results(rows.size());
        EXPECT_EQ(sample(logits, rows, results), Status::Ok);
        std::map<std::int32_t, int> counts;
        for (const SampleResult& result : results)
            ++counts[result.token];
        return counts;
    }
    /// Pearson's chi-square against the shares wanted; a draw outside of them fails.
    static double chiSquare(const std::map<std::int32_t, int>& counts,
                            const std::map<std::int32_t, double>& shares, int draws) {
        double sum = 0;
        for (const auto& [token, count] : counts)
            EXPECT_TRUE(shares.contains(token)) << "token " << token << " must not be drawn";
        for (const auto& [token, share] : shares) {
            const auto found = counts.find(token);
            const double seen = found == counts.end() ? 0 : found->second;
            sum += (seen - share * draws) * (seen - share * draws) / (share * draws);
        }
        return sum;
    }
    std::vector<float> randomLogits(std::size_t count, std::uint32_t seed) {
        std::mt19937 random(seed);
        std::normal_distribution<float> normal(0.0F, 2.0F);
        std::vector<float> logits(count);
        for (float& logit : logits)
            logit = normal(random);
        return logits;
    }

    CpuFeature feature = std::min(GetParam(), CpuFeature::Avx2);
    ThreadPool pool{2};
};

} // namespace

// The known answers of Random123's kat_vectors.
TEST(Philox, KnownAnswers) {
    using Words = std::array<std::uint32_t, 4>;
    EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
              (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(
        philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
        (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(
        philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
        (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_P(SamplerTest, GreedyTakesTheFirstOfTheLargest) {
    EXPECT_EQ(greedy({1.0F, 5.0F, 5.0F, -2.0F}), 1);
    for (const std::size_t vocabulary : {1UL, 63UL, 64UL, 65UL, 1000UL}) {
        std::vector<float> logits = randomLogits(vocabulary, 4);
        const std::size_t best = vocabulary * 2 / 3;
        logits[best] = 100.0F;
        EXPECT_EQ(greedy(logits), std::int32_t(best));
    }
    EXPECT_EQ(greedy({-kInfinity, -kInfinity, -3e38F}), 2);
}

TEST_P(SamplerTest, DrawsTheModelsDistribution) {
    const std::vector<float> logits{0.0F, 1.0F, 2.0F, -1.0F, 0.5F};
    for (const float temperature : {0.5F, 1.0F, 2.0F}) {
        std::map<std::int32_t, double> shares;
        double total = 0;
        for (std::size_t i = 0; i < logits.size(); ++i)
            total += shares[std::int32_t(i)] = std::exp(double(logits[i] / temperature));
        for (auto& [token, share] : shares)
            share /= total;
        SamplingRow row;
        row.temperature = temperature;
        row.seed = 99;
        // 23.5: the 0.9999 quantile at 4 degrees of freedom.
        EXPECT_LT(chiSquare(histogram(logits, row, 20000), shares, 20000), 23.5);
        row.topP = 0.999999F; // The same through the sorted path.
        EXPECT_LT(chiSquare(histogram(logits, row, 20000), shares, 20000), 23.5);
    }
}

TEST_P(SamplerTest, CutsByTopKTopPAndMinP) {
    // Probabilities 0.4, 0.3, 0.2, 0.1, out of order.
    const std::vector<float> logits{std::log(0.2F), std::log(0.4F), std::log(0.1F), std::log(0.3F)};
    const auto check = [&](SamplingRow row, std::map<std::int32_t, double> shares) {
        row.seed = 5;
        EXPECT_LT(chiSquare(histogram(logits, row, 10000), shares, 10000), 21.1);
    };
    SamplingRow row;
    row.topK = 2;
    check(row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row = {};
    row.topP = 0.69F; // The token that crosses the mark belongs to it.
    check(row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row.topP = 0.71F;
    check(row, {{1, 4.0 / 9}, {3, 3.0 / 9}, {0, 2.0 / 9}});
    row = {};
    row.minP = 0.6F;
    check(row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row = {};
    row.topK = 3; // top-p is of what top-k left: 4/9 and 3/9.
    row.topP = 0.75F;
    check(row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row.minP = 0.9F;
    check(row, {{1, 1.0}});
    row = {};
    row.topP = 0.0F;
    check(row, {{1, 1.0}});
    row = {};
    row.topK = 1;
    row.temperature = 1e-40F;
    check(row, {{1, 1.0}});
    row.topK = 0;
    check(row, {{1, 1.0}});
}

TEST_P(SamplerTest, LargeVocabulariesAreCutExactly) {
    const std::vector<float> logits = randomLogits(8011, 8);
    std::vector<std::int32_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return logits[std::size_t(a)] > logits[std::size_t(b)];
    });
    double total = 0;
    for (const float logit : logits)
        total += std::exp(double(logit));
    for (const double topP : {0.05, 0.6, 0.95}) {
        std::size_t kept = 0;
        for (double mass = 0; mass < topP * total; ++kept)
            mass += std::exp(double(logits[std::size_t(order[kept])]));
        SamplingRow row;
        row.topP = float(topP);
        row.seed = 3;
        for (const auto& [token, count] : histogram(logits, row, 150)) {
            const auto rank = std::find(order.begin(), order.end(), token) - order.begin();
            EXPECT_LE(rank, std::ptrdiff_t(kept)); // One more: sums round.
        }
    }
    for (const std::int32_t topK : {1, 40, 300, 4000, 8010}) {
        SamplingRow row;
        row.topK = topK;
        row.temperature = 3.0F;
        for (const auto& [token, count] : histogram(logits, row, 60)) {
            const auto rank = std::find(order.begin(), order.end(), token) - order.begin();
            EXPECT_LT(rank, topK);
        }
    }
}

TEST_P(SamplerTest, FlatDistributionsAreCutWithoutSorting) {
    // Two levels: 600 tokens of weight 1 and 3000 of weight 0.5; top-p keeps the first and, of the
    // second, those with the smallest ids.
    std::vector<float> logits(3600, std::log(0.5F));
    for (std::size_t i = 0; i < 600; ++i)
        logits[i * 6 + 5] = 0.0F;
    SamplingRow row;
    row.seed = 11;
    row.topP = (600.0F + 0.5F * 100.0F) / 2100.0F - 1e-6F;
    std::map<std::string, int> kinds;
    const int draws = 2000;
    for (const auto& [token, count] : histogram(logits, row, draws)) {
        EXPECT_TRUE(token % 6 == 5 || token <= 119) << token;
        kinds[token % 6 == 5 ? "likely" : "less"] += count;
    }
    EXPECT_NEAR(kinds["likely"], draws * 600.0 / 650.0, 60);
    row.minP = 0.75F;
    for (const auto& [token, count] : histogram(logits, row, 200))
        EXPECT_EQ(token % 6, 5);
}

TEST_P(SamplerTest, DependsOnSeedAndPositionAlone) {
    const std::vector<float> logits = randomLogits(500, 9);
    std::vector<SamplingRow> rows(40);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].seed = 7 + i % 2;
        rows[i].position = std::int64_t(i / 2);
    }
    std::vector<SampleResult> together(rows.size());
    ASSERT_EQ(sample(logits, rows, together), Status::Ok);
    std::map<std::int32_t, int> tokens;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(sampleOne(logits, rows[i]).token, together[i].token);
        ++tokens[together[i].token];
    }
    EXPECT_GT(tokens.size(), 10U);
}

TEST_P(SamplerTest, PenaltiesByHand) {
    // Token 0 in the prompt, 1 generated once, 2 generated twice and in the prompt, 3 negative.
    const std::vector<std::int32_t> prompt{0, 2, 3, 0};
    const std::vector<std::int32_t> generated{1, 2, 2};
    const std::vector<float> logits{4.0F, 4.0F, 4.0F, -4.0F, 1.0F};
    SamplingRow row;
    row.temperature = 0.0F;
    row.promptTokens = prompt;
    row.generatedTokens = generated;
    row.repetitionPenalty = 2.0F;
    row.presencePenalty = 0.5F;
    row.frequencyPenalty = 0.25F;
    row.logprobs = 5;
    const std::map<std::int32_t, float> wanted{
        {0, 2.0F}, {1, 1.25F}, {2, 1.0F}, {3, -8.0F}, {4, 1.0F}};
    const SampleResult result = sampleOne(logits, row);
    EXPECT_EQ(result.token, 0);
    ASSERT_EQ(result.top.size(), 5U);
    for (const TokenLogprob& entry : result.top)
        EXPECT_NEAR(entry.logprob - result.logprob, wanted.at(entry.token) - 2.0F, 1e-6);
    // A second row finds the counts as the first did.
    const SampleResult again = sampleOne(logits, row);
    EXPECT_EQ(again.logprob, result.logprob);
}

TEST_P(SamplerTest, BiasComesBeforeTheRepetitionPenalty) {
    const std::vector<LogitBias> biases{{0, 3.0F}, {-1, 100.0F}, {3, 100.0F}, {0, 1.0F}};
    const std::vector<std::int32_t> prompt{0};
    SamplingRow row;
    row.temperature = 0.0F;
    row.biases = biases;
    row.promptTokens = prompt;
    row.repetitionPenalty = 4.0F;
    row.logprobs = 3;
    const SampleResult result = sampleOne({0.0F, 0.5F, 0.0F}, row);
    ASSERT_EQ(result.top.size(), 3U);
    EXPECT_EQ(result.top[0].token, 0); // (0 + 3 + 1) / 4
    EXPECT_NEAR(result.top[0].logprob - result.top[1].logprob, 0.5F, 1e-6);
}

TEST_P(SamplerTest, IdsOutsideOfTheVocabularyArePassedOver) {
    const std::vector<std::int32_t> history{-1, 3, 1 << 30,
                                            std::numeric_limits<std::int32_t>::min()};
    SamplingRow row;
    row.promptTokens = history;
    row.generatedTokens = history;
    row.repetitionPenalty = 1.5F;
    row.frequencyPenalty = 1.0F;
    EXPECT_EQ(greedy({0.0F, 2.0F, 1.0F}, row), 1);
}

TEST_P(SamplerTest, MaskForbidsTokens) {
    std::vector<float> logits(70, 0.0F);
    logits[3] = 9.0F;
    logits[66] = 8.0F;
    std::vector<std::uint32_t> allowed{0xfffffff7U, 0xffffffffU, 0xffffffffU};
    SamplingRow row;
    row.allowed = allowed;
    EXPECT_EQ(greedy(logits, row), 66);
    allowed.resize(2); // Tokens from 64 on have no bit.
    row.allowed = allowed;
    EXPECT_EQ(greedy(logits, row), 0);
    allowed = {0, 0x20, 0};
    row.allowed = allowed;
    row.temperature = 1.0F;
    row.logprobs = 8;
    const SampleResult result = sampleOne(logits, row);
    EXPECT_EQ(result.token, 37);
    EXPECT_EQ(result.top.size(), 1U);
    EXPECT_FLOAT_EQ(result.logprob, 0.0F);
}

TEST_P(SamplerTest, LogprobsAreOfTheWholeDistribution) {
    const std::vector<float> logits = randomLogits(777, 21);
    double total = 0;
    for (const float logit : logits)
        total += std::exp(double(logit));
    SamplingRow row;
    row.temperature = 0.3F;
    row.topK = 2;
    row.logprobs = 20;
    const SampleResult result = sampleOne(logits, row);
    EXPECT_NEAR(result.logprob, double(logits[std::size_t(result.token)]) - std::log(total), 1e-5);
    ASSERT_EQ(result.top.size(), 20U);
    for (std::size_t i = 0; i < 20; ++i) {
        const auto token = std::size_t(result.top[i].token);
        EXPECT_NEAR(result.top[i].logprob, double(logits[token]) - std::log(total), 1e-5);
        EXPECT_EQ(
            std::count_if(logits.begin(), logits.end(), [&](float x) { return x > logits[token]; }),
            std::ptrdiff_t(i));
    }
    row.logprobs = 5000;
    EXPECT_EQ(sampleOne(logits, row).top.size(), 777U);
    row.logprobs = 0;
    EXPECT_TRUE(sampleOne(logits, row).top.empty());
}

TEST_P(SamplerTest, fault_060_non_finite_logits_are_flagged) {
    for (const float bad : {std::nanf(""), kInfinity})
        for (const std::size_t at : {0UL, 9UL, 99UL})
            for (const float temperature : {0.0F, 1.0F}) {
                std::vector<float> logits = randomLogits(100, 2);
                logits[at] = bad;
                SamplingRow row;
                row.temperature = temperature;
                EXPECT_EQ(sampleOne(logits, row).status, SampleStatus::NonFinite);
                // The other rows of the batch don't suffer.
                const std::vector<std::uint32_t> none{0};
                row.allowed = none;
                EXPECT_EQ(sampleOne(logits, row).status, SampleStatus::NonFinite);
            }
    const std::vector<LogitBias> biases{{1, kInfinity}};
    SamplingRow row;
    row.biases = biases;
    EXPECT_EQ(sampleOne({0.0F, 0.0F}, row).status, SampleStatus::NonFinite);
}

TEST_P(SamplerTest, fault_061_nothing_allowed_is_flagged) {
    const std::vector<std::uint32_t> none{0, 0};
    SamplingRow row;
    row.allowed = none;
    for (const float temperature : {0.0F, 1.0F})
        for (const float topP : {0.5F, 1.0F}) {
            row.temperature = temperature;
            row.topP = topP;
            EXPECT_EQ(sampleOne(randomLogits(50, 1), row).status, SampleStatus::NothingAllowed);
        }
    EXPECT_EQ(sampleOne(std::vector<float>(70, -kInfinity), {}).status,
              SampleStatus::NothingAllowed);
}

TEST_P(SamplerTest, AGivenTokenIsTaken) {
    const std::vector<float> logits = randomLogits(777, 5);
    double total = 0;
    for (const float logit : logits)
        total += std::exp(double(logit));
    SamplingRow row;
    row.topK = 1;
    row.logprobs = 3;
    for (const std::int32_t temperature : {0, 1})
        for (const std::int32_t token : {0, 400, 776}) {
            row.temperature = float(temperature);
            row.given = token;
            const SampleResult result = sampleOne(logits, row);
            EXPECT_EQ(result.token, token);
            EXPECT_NEAR(result.logprob, double(logits[std::size_t(token)]) - std::log(total), 1e-5);
            ASSERT_EQ(result.top.size(), 3U);
            EXPECT_EQ(result.top[0].token,
                      std::max_element(logits.begin(), logits.end()) - logits.begin());
        }
}

TEST_P(SamplerTest, RefusesParametersThatMakeNoSense) {
    const auto refuses = [&](auto change) {
        SamplingRow row;
        change(row);
        std::vector<SampleResult> results(1);
        return sample({0.0F, 1.0F}, {row}, results) == Status::InvalidArgument;
    };
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.temperature = -1.0F; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.temperature = std::nanf(""); }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.temperature = kInfinity; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.topK = -1; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.topP = std::nanf(""); }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.minP = 1.5F; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.repetitionPenalty = 0.0F; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.frequencyPenalty = kInfinity; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.logprobs = -2; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.given = 2; }));
    EXPECT_TRUE(refuses([](SamplingRow& row) { row.given = -2; }));
    EXPECT_FALSE(refuses([](SamplingRow&) {}));
}

HEARTH_AT_EACH_FEATURE(SamplerTest);

} // namespace hearth::kernels::testing
