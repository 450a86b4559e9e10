#include "common/allocation.h"
#include "cpu/sampler.h"
#include "cuda/sampling/sampler.h"

#include "kernels/cuda/device_arrays.h"
#include "kernels/cuda/sampling_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <vector>

namespace hearth::kernels::cuda::testing {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> randomLogits(std::size_t count, std::uint32_t seed, float spread = 2.0F) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0F, spread);
    std::vector<float> logits(count);
    for (float& logit : logits)
        logit = normal(random);
    return logits;
}

std::unique_ptr<CudaSampler> makeSampler(std::int32_t vocabulary, std::int32_t maxRows) {
    std::unique_ptr<CudaSampler> sampler;
    EXPECT_EQ(CudaSampler::create(vocabulary, maxRows, nullptr, sampler), Status::Ok);
    return sampler;
}

/// Each row's logits, `stride` apart.
std::vector<SampleResult> sampleWith(CudaSampler& sampler, std::vector<float> logits,
                                     std::int32_t vocabulary, std::int64_t stride,
                                     const std::vector<SamplingRow>& rows) {
    const DeviceArray<float> device(logits);
    std::vector<SampleResult> results(rows.size());
    EXPECT_EQ(sampler.sample({device.data(), stride, vocabulary, DType::F32}, rows, results),
              Status::Ok);
    const std::vector<float> after = device.download();
    EXPECT_TRUE(std::equal(after.begin(), after.end(), logits.begin(), [](float a, float b) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    })) << "the sampler must not change logits";
    return results;
}

/// All rows read the same logits.
std::vector<SampleResult> sampleSame(const std::vector<float>& logits,
                                     const std::vector<SamplingRow>& rows) {
    const auto sampler = makeSampler(std::int32_t(logits.size()), std::int32_t(rows.size()));
    return sampleWith(*sampler, logits, std::int32_t(logits.size()), 0, rows);
}

SampleResult sampleOne(const std::vector<float>& logits, const SamplingRow& row) {
    return sampleSame(logits, {row})[0];
}

std::int32_t greedy(const std::vector<float>& logits, SamplingRow row = {}) {
    row.temperature = 0.0F;
    return sampleOne(logits, row).token;
}

std::vector<SampleResult> sampleOnCpu(const std::vector<float>& logits, std::int32_t vocabulary,
                                      std::int64_t stride, const std::vector<SamplingRow>& rows) {
    static cpu::ThreadPool pool{1};
    cpu::Sampler sampler;
    EXPECT_EQ(sampler.reserve(vocabulary, 1, CpuFeature::Scalar), Status::Ok);
    std::vector<SampleResult> results(rows.size());
    EXPECT_EQ(sampler.sample(pool, {logits.data(), stride, vocabulary}, rows, results), Status::Ok);
    return results;
}

void expectSame(const SampleResult& a, const SampleResult& b) {
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.token, b.token);
    EXPECT_EQ(a.logprob, b.logprob);
    ASSERT_EQ(a.top.size(), b.top.size());
    for (std::size_t i = 0; i < a.top.size(); ++i) {
        EXPECT_EQ(a.top[i].token, b.top[i].token);
        EXPECT_EQ(a.top[i].logprob, b.top[i].logprob);
    }
}

/// Rows whose options are alone or mixed at random, and what they point into.
struct RandomRows {
    RandomRows(std::int32_t vocabulary, std::size_t count, std::uint32_t seed)
        : random(seed)
        , prompts(count)
        , generated(count)
        , biases(count)
        , masks(count) {
        for (std::size_t i = 0; i < count; ++i) {
            SamplingRow row;
            row.seed = random();
            row.position = std::int64_t(i);
            row.temperature = pick({0.0F, 0.3F, 1.0F, 1.7F});
            if (some())
                row.topK = std::int32_t(1 + random() % std::uint32_t(vocabulary));
            else if (some())
                row.topK = std::min(vocabulary, 40);
            if (some())
                row.topP = pick({0.0F, 0.3F, 0.9F, 0.999F});
            if (some())
                row.minP = pick({0.01F, 0.2F, 1.0F});
            if (some())
                row.logprobs = std::int32_t(pick({0.0F, 1.0F, 20.0F, 65.0F}));
            if (some())
                edit(vocabulary, i, row);
            rows.push_back(row);
        }
    }

    bool some() { return random() % 3 == 0; }
    float pick(std::initializer_list<float> values) {
        return values.begin()[random() % values.size()];
    }
    void edit(std::int32_t vocabulary, std::size_t i, SamplingRow& row) {
        const auto token = [&] { return std::int32_t(random() % std::uint32_t(vocabulary)); };
        for (int n = 0; n < 12; ++n) {
            prompts[i].push_back(token());
            generated[i].push_back(token());
            biases[i].push_back({token(), pick({-3.0F, 1.5F})});
        }
        generated[i].insert(generated[i].end(), {-1, vocabulary, generated[i][0]});
        row.promptTokens = prompts[i];
        row.generatedTokens = generated[i];
        if (some())
            row.biases = biases[i];
        row.repetitionPenalty = pick({1.0F, 1.3F});
        row.presencePenalty = pick({0.0F, 0.5F});
        row.frequencyPenalty = pick({0.0F, -0.25F});
        if (some()) {
            masks[i].resize(std::size_t(vocabulary + 31) / 32);
            for (std::uint32_t& word : masks[i])
                word = random() | random();
            masks[i][0] |= 1;
            if (some() && masks[i].size() > 2)
                masks[i].resize(masks[i].size() - 2);
            row.allowed = masks[i];
        }
    }

    std::mt19937 random;
    std::vector<std::vector<std::int32_t>> prompts;
    std::vector<std::vector<std::int32_t>> generated;
    std::vector<std::vector<LogitBias>> biases;
    std::vector<std::vector<std::uint32_t>> masks;
    std::vector<SamplingRow> rows;
};

/// Against the plain reference, and the CPU backend's choice.
void compare(const std::vector<float>& logits, std::int32_t vocabulary, std::int64_t stride,
             const std::vector<SamplingRow>& rows) {
    const auto sampler = makeSampler(vocabulary, std::int32_t(rows.size()));
    const std::vector<SampleResult> seen = sampleWith(*sampler, logits, vocabulary, stride, rows);
    const std::vector<SampleResult> cpu = sampleOnCpu(logits, vocabulary, stride, rows);
    int others = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        SCOPED_TRACE(::testing::Message()
                     << "vocabulary " << vocabulary << " row " << i << " temperature "
                     << rows[i].temperature << " top-k " << rows[i].topK << " top-p "
                     << rows[i].topP << " min-p " << rows[i].minP);
        const SamplingReference reference(logits.data() + std::int64_t(i) * stride, vocabulary,
                                          rows[i]);
        reference.check(seen[i]);
        EXPECT_EQ(seen[i].status, cpu[i].status);
        // Past this many tokens the CPU walks what top-p keeps in another order.
        if (rows[i].topP == 1.0F || rows[i].topK > 0 || reference.kept() < 256)
            others += seen[i].token != cpu[i].token ? 1 : 0;
        ASSERT_EQ(seen[i].top.size(), cpu[i].top.size());
        for (std::size_t j = 0; j < seen[i].top.size(); ++j)
            EXPECT_NEAR(seen[i].top[j].logprob, cpu[i].top[j].logprob, 2e-5);
    }
    EXPECT_LE(others, 1) << "more than rounding";
}

} // namespace

TEST(CudaSampler, AgreesWithTheReferenceAndTheCpu) {
    for (const std::int32_t vocabulary : {1, 7, 33, 1000, 4099}) {
        const std::size_t count = 48;
        const std::int64_t stride = vocabulary + 3;
        const RandomRows rows(vocabulary, count, 100U + std::uint32_t(vocabulary));
        compare(randomLogits(count * std::size_t(stride), 7), vocabulary, stride, rows.rows);
    }
}

TEST(CudaSampler, AgreesWhereManyLogitsAreEqual) {
    const std::int32_t vocabulary = 3001;
    const RandomRows rows(vocabulary, 40, 5);
    std::vector<float> logits = randomLogits(40 * std::size_t(vocabulary), 8);
    for (float& logit : logits)
        logit = std::round(logit);
    compare(logits, vocabulary, vocabulary, rows.rows);
}

TEST(CudaSampler, AgreesAtTheSizeOfALargeVocabulary) {
    const std::int32_t vocabulary = 128256;
    const RandomRows rows(vocabulary, 10, 3);
    compare(randomLogits(10 * std::size_t(vocabulary), 9, 3.0F), vocabulary, vocabulary, rows.rows);
}

TEST(CudaSampler, GreedyTakesTheFirstOfTheLargest) {
    EXPECT_EQ(greedy({1.0F, 5.0F, 5.0F, -2.0F}), 1);
    EXPECT_EQ(greedy({-1.0F, -0.0F, 0.0F, -2.0F}), 1);
    EXPECT_EQ(greedy({-kInfinity, -kInfinity, -3e38F}), 2);
    for (const std::size_t vocabulary : {1UL, 255UL, 256UL, 257UL, 2048UL, 2049UL, 10000UL}) {
        std::vector<float> logits = randomLogits(vocabulary, 4);
        const std::size_t best = vocabulary * 2 / 3;
        logits[best] = 100.0F;
        logits.back() = 100.0F;
        EXPECT_EQ(greedy(logits), std::int32_t(best));
    }
}

namespace {

/// Draws at many positions against the shares that a cut leaves, by Pearson's chi-square.
void expectShares(const std::vector<float>& logits, SamplingRow row,
                  const std::map<std::int32_t, double>& shares) {
    constexpr int kDraws = 200;
    std::vector<SamplingRow> rows(kDraws, row);
    for (int i = 0; i < kDraws; ++i)
        rows[std::size_t(i)].position = i;
    std::map<std::int32_t, int> counts;
    for (const SampleResult& result : sampleSame(logits, rows)) {
        EXPECT_TRUE(shares.contains(result.token)) << result.token << " must not be drawn";
        ++counts[result.token];
    }
    double sum = 0.0;
    for (const auto& [token, share] : shares)
        sum += std::pow(counts[token] - share * kDraws, 2) / (share * kDraws);
    EXPECT_LT(sum, 23.5); // The 0.9999 quantile at 4 degrees of freedom.
}

} // namespace

TEST(CudaSampler, DrawsTheDistributionThatEachCutLeaves) {
    // Probabilities 0.4, 0.3, 0.2, 0.1, out of order.
    const std::vector<float> logits{std::log(0.2F), std::log(0.4F), std::log(0.1F), std::log(0.3F)};
    SamplingRow row;
    row.seed = 5;
    expectShares(logits, row, {{1, 0.4}, {3, 0.3}, {0, 0.2}, {2, 0.1}});
    row.topK = 2;
    expectShares(logits, row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row.topK = 0;
    row.topP = 0.69F; // The token that crosses the mark belongs to it.
    expectShares(logits, row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row.topP = 0.71F;
    expectShares(logits, row, {{1, 4.0 / 9}, {3, 3.0 / 9}, {0, 2.0 / 9}});
    row.topP = 1.0F;
    row.minP = 0.6F;
    expectShares(logits, row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row.topK = 3; // top-p is of what top-k left: 4/9 and 3/9.
    row.topP = 0.75F;
    row.minP = 0.0F;
    expectShares(logits, row, {{1, 4.0 / 7}, {3, 3.0 / 7}});
    row.minP = 0.9F;
    expectShares(logits, row, {{1, 1.0}});
}

TEST(CudaSampler, CutsAmongEqualsKeepTheSmallestIds) {
    const std::vector<float> logits(10, 1.5F);
    SamplingRow row;
    row.seed = 6;
    row.topK = 3;
    expectShares(logits, row, {{0, 1.0 / 3}, {1, 1.0 / 3}, {2, 1.0 / 3}});
    row.topK = 0;
    row.topP = 0.25F;
    expectShares(logits, row, {{0, 1.0 / 3}, {1, 1.0 / 3}, {2, 1.0 / 3}});
    row.topP = 0.5F; // Reached by the fifth, exactly.
    expectShares(logits, row, {{0, 0.2}, {1, 0.2}, {2, 0.2}, {3, 0.2}, {4, 0.2}});
}

TEST(CudaSampler, ExtremeTemperaturesStayInOrder) {
    const std::vector<float> logits{0.0F, 2.0F, 1.0F, -3e38F};
    for (const float temperature : {1e-45F, 1e-40F, 1e-3F}) {
        SamplingRow row;
        row.temperature = temperature;
        EXPECT_EQ(sampleOne(logits, row).token, 1);
        row.topK = 3;
        EXPECT_EQ(sampleOne(logits, row).token, 1);
        row.topP = 0.9F;
        EXPECT_EQ(sampleOne(logits, row).token, 1);
    }
    SamplingRow row;
    row.temperature = 3e38F; // All but the last weigh the same.
    std::vector<SamplingRow> rows(40, row);
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].position = std::int64_t(i);
    std::map<std::int32_t, int> counts;
    for (const SampleResult& result : sampleSame(logits, rows))
        ++counts[result.token];
    EXPECT_GE(counts.size(), 3U);
}

TEST(CudaSampler, FlatDistributionsAreCutExactly) {
    // Two levels: 1000 tokens of weight 1 and 5000 of weight 0.5; top-p keeps the first and, of the
    // second, those with the smallest ids. More tokens than the kernel lists.
    std::vector<float> logits(6000, std::log(0.5F));
    for (std::size_t i = 0; i < 1000; ++i)
        logits[i * 6 + 5] = 0.0F;
    std::vector<SamplingRow> rows(60);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].position = std::int64_t(i);
        rows[i].topP = (1000.0F + 0.5F * 1000.0F) / 3500.0F - 1e-5F;
        rows[i].topK = i % 2 == 0 ? 0 : 2000; // Leaves the same.
        if (i % 2 != 0)
            rows[i].topP = 1.0F;
    }
    int likely = 0;
    for (const SampleResult& result : sampleSame(logits, rows)) {
        EXPECT_TRUE(result.token % 6 == 5 || result.token <= 1199) << result.token;
        likely += result.token % 6 == 5 ? 1 : 0;
    }
    EXPECT_NEAR(likely, 40, 16);
    for (SamplingRow& row : rows)
        row.minP = 0.75F;
    for (const SampleResult& result : sampleSame(logits, rows))
        EXPECT_EQ(result.token % 6, 5);
}

TEST(CudaSampler, ARowIsTheSameAloneAndAmongOthers) {
    const std::int32_t vocabulary = 1500;
    const std::size_t count = 40;
    const RandomRows rows(vocabulary, count, 77);
    const std::vector<float> logits = randomLogits(count * std::size_t(vocabulary), 6);
    const auto sampler = makeSampler(vocabulary, std::int32_t(count));
    const auto together = sampleWith(*sampler, logits, vocabulary, vocabulary, rows.rows);
    const auto again = sampleWith(*sampler, logits, vocabulary, vocabulary, rows.rows);
    for (std::size_t i = 0; i < count; ++i) {
        SCOPED_TRACE(i);
        expectSame(again[i], together[i]);
        const auto begin = logits.begin() + std::ptrdiff_t(i) * vocabulary;
        const std::vector<float> own(begin, begin + vocabulary);
        expectSame(sampleWith(*sampler, own, vocabulary, vocabulary, {rows.rows[i]})[0],
                   together[i]);
    }
}

TEST(CudaSampler, MoreEditedRowsThanAreCopiedAtOnce) {
    const std::size_t vocabulary = 300;
    std::vector<std::vector<LogitBias>> biases(75);
    std::vector<SamplingRow> rows(75);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].temperature = 0.0F;
        rows[i].logprobs = i % 7 == 0 ? 100 : i % 5 == 0 ? 3 : -1;
        if (i % 10 == 9)
            continue;
        biases[i] = {{std::int32_t(i), 50.0F}};
        rows[i].biases = biases[i];
    }
    std::vector<float> logits = randomLogits(vocabulary, 3);
    logits[200] = 20.0F;
    const std::vector<SampleResult> results = sampleSame(logits, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(results[i].token, i % 10 == 9 ? 200 : std::int32_t(i));
        ASSERT_EQ(results[i].top.size(), i % 7 == 0 ? 100U : i % 5 == 0 ? 3U : 0U);
        if (!results[i].top.empty()) {
            EXPECT_EQ(results[i].top[0].token, results[i].token);
        }
    }
}

TEST(CudaSampler, PenaltiesByHand) {
    // Token 0 in the prompt, 1 generated once, 2 generated twice and in the prompt, 3 negative.
    const std::vector<std::int32_t> prompt{0, 2, 3, 0};
    const std::vector<std::int32_t> generated{1, 2, 2};
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
    const SampleResult result = sampleOne({4.0F, 4.0F, 4.0F, -4.0F, 1.0F}, row);
    EXPECT_EQ(result.token, 0);
    ASSERT_EQ(result.top.size(), 5U);
    for (const TokenLogprob& entry : result.top)
        EXPECT_NEAR(entry.logprob - result.logprob, wanted.at(entry.token) - 2.0F, 1e-6);
}

TEST(CudaSampler, MasksForbidTokens) {
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
    row.topK = 5;
    for (const std::int32_t logprobs : {8, 70}) {
        row.logprobs = logprobs;
        const SampleResult result = sampleOne(logits, row);
        EXPECT_EQ(result.token, 37);
        EXPECT_EQ(result.top.size(), 1U);
        EXPECT_FLOAT_EQ(result.logprob, 0.0F);
    }
}

TEST(CudaSampler, LogprobsAreOfTheWholeDistribution) {
    const std::vector<float> logits = randomLogits(777, 21);
    SamplingRow row;
    row.temperature = 0.3F;
    row.topK = 2;
    for (const std::int32_t logprobs : {0, 1, 20, 64, 65, 777, 5000}) {
        row.logprobs = logprobs;
        const SampleResult result = sampleOne(logits, row);
        EXPECT_EQ(result.top.size(), std::size_t(std::min(logprobs, 777)));
        SamplingReference(logits.data(), 777, row).check(result);
    }
    // Far below the likeliest, where all weights are zero.
    row.logprobs = 3;
    row.topK = 0;
    const SampleResult result = sampleOne({-500.0F, 0.0F, -300.0F, -400.0F}, row);
    ASSERT_EQ(result.top.size(), 3U);
    EXPECT_EQ(result.top[1].token, 2);
    EXPECT_EQ(result.top[2].token, 3);
    EXPECT_FLOAT_EQ(result.top[2].logprob, -400.0F);
}

TEST(CudaSampler, NonFiniteLogitsAreFlagged) {
    const std::vector<std::uint32_t> none{0};
    const std::vector<LogitBias> endless{{1, kInfinity}};
    for (const float bad : {std::nanf(""), -std::nanf(""), kInfinity})
        for (const std::size_t at : {0UL, 99UL, 299UL})
            for (const float temperature : {0.0F, 1.0F}) {
                std::vector<float> logits = randomLogits(2 * 300, 2);
                logits[at] = bad;
                std::vector<SamplingRow> rows(2);
                for (SamplingRow& row : rows)
                    row.temperature = temperature;
                const auto sampler = makeSampler(300, 2);
                auto results = sampleWith(*sampler, logits, 300, 300, rows);
                EXPECT_EQ(results[0].status, SampleStatus::NonFinite);
                EXPECT_EQ(results[1].status, SampleStatus::Ok);
                rows[0].allowed = none;
                rows[0].logprobs = 100;
                results = sampleWith(*sampler, logits, 300, 300, rows);
                EXPECT_EQ(results[0].status, SampleStatus::NonFinite);
                EXPECT_TRUE(results[0].top.empty());
            }
    SamplingRow row;
    row.biases = endless;
    EXPECT_EQ(sampleOne({0.0F, 0.0F}, row).status, SampleStatus::NonFinite);
    EXPECT_EQ(sampleOne({0.0F, -kInfinity}, row).status, SampleStatus::NonFinite);
}

TEST(CudaSampler, NothingAllowedIsFlagged) {
    const std::vector<std::uint32_t> none{0, 0};
    SamplingRow row;
    row.logprobs = 4;
    for (const float temperature : {0.0F, 1.0F})
        for (const float topP : {0.5F, 1.0F}) {
            row.temperature = temperature;
            row.topP = topP;
            row.allowed = {};
            EXPECT_EQ(sampleOne(std::vector<float>(70, -kInfinity), row).status,
                      SampleStatus::NothingAllowed);
            row.allowed = none;
            EXPECT_EQ(sampleOne(randomLogits(50, 1), row).status, SampleStatus::NothingAllowed);
        }
}

TEST(CudaSampler, AGivenTokenIsTaken) {
    const std::vector<float> logits = randomLogits(777, 5);
    double total = 0;
    for (const float logit : logits)
        total += std::exp(double(logit));
    SamplingRow row;
    row.topK = 1;
    for (const float temperature : {0.0F, 1.0F})
        for (const std::int32_t logprobs : {-1, 0, 3, 70})
            for (const std::int32_t token : {0, 400, 776}) {
                row.temperature = temperature;
                row.logprobs = logprobs;
                row.given = token;
                const SampleResult result = sampleOne(logits, row);
                EXPECT_EQ(result.token, token);
                if (logprobs < 0)
                    continue;
                EXPECT_NEAR(result.logprob, double(logits[std::size_t(token)]) - std::log(total),
                            1e-5);
                ASSERT_EQ(result.top.size(), std::size_t(logprobs));
                if (logprobs > 0) {
                    EXPECT_EQ(result.top[0].token,
                              std::max_element(logits.begin(), logits.end()) - logits.begin());
                }
            }
}

TEST(CudaSampler, RefusesWhatMakesNoSense) {
    const DeviceArray<float> logits(std::vector<float>{0.0F, 1.0F});
    const auto sampler = makeSampler(2, 1);
    const auto sample = [&](const std::function<void(SamplingRow&, DeviceRows&)>& change) {
        std::vector<SamplingRow> rows(1);
        std::vector<SampleResult> results(1);
        DeviceRows device{logits.data(), 2, 2, DType::F32};
        change(rows[0], device);
        return sampler->sample(device, rows, results);
    };
    EXPECT_EQ(sample([](SamplingRow&, DeviceRows&) {}), Status::Ok);
    EXPECT_EQ(sample([](SamplingRow& row, DeviceRows&) { row.temperature = -1.0F; }),
              Status::InvalidArgument);
    EXPECT_EQ(sample([](SamplingRow& row, DeviceRows&) { row.logprobs = -2; }),
              Status::InvalidArgument);
    EXPECT_EQ(sample([](SamplingRow& row, DeviceRows&) { row.given = 2; }),
              Status::InvalidArgument);
    EXPECT_EQ(sample([](SamplingRow&, DeviceRows& rows) { rows.type = DType::F16; }),
              Status::InvalidArgument);
    EXPECT_EQ(sample([](SamplingRow&, DeviceRows& rows) { rows.width = 3; }),
              Status::InvalidArgument);
    std::vector<SampleResult> results(2);
    EXPECT_EQ(
        sampler->sample({logits.data(), 0, 2, DType::F32}, std::vector<SamplingRow>(2), results),
        Status::InvalidArgument);
    EXPECT_EQ(sampler->sample({logits.data(), 0, 2, DType::F32}, {}, {}), Status::Ok);
    std::unique_ptr<CudaSampler> none;
    EXPECT_EQ(CudaSampler::create(0, 1, nullptr, none), Status::InvalidArgument);
    EXPECT_EQ(CudaSampler::create(1, 0, nullptr, none), Status::InvalidArgument);
}

TEST(CudaSampler, fault_057_a_failed_allocation_leaves_it_usable) {
    const std::int32_t vocabulary = 5000;
    const std::vector<float> logits = randomLogits(std::size_t(vocabulary), 12);
    const DeviceArray<float> device(logits);
    const DeviceRows rowsOfLogits{device.data(), 0, vocabulary, DType::F32};
    std::unique_ptr<CudaSampler> sampler;
    int failures = -1;
    Status status = Status::OutOfMemory;
    while (status == Status::OutOfMemory && failures < 100) {
        EXPECT_EQ(sampler, nullptr);
        failAllocationAfter(++failures);
        status = CudaSampler::create(vocabulary, 3, nullptr, sampler);
    }
    failAllocationAfter(-1);
    ASSERT_EQ(status, Status::Ok);
    EXPECT_GT(failures, 4);
    EXPECT_GT(sampler->bytes(), std::size_t(3) * 5000 * sizeof(float));

    // Histories and masks of more than the first buffers hold.
    std::vector<std::int32_t> history(20000);
    std::iota(history.begin(), history.end(), 0);
    SamplingRow large;
    large.generatedTokens = history;
    large.frequencyPenalty = 0.5F;
    large.logprobs = 200;
    const std::vector<SamplingRow> rows(3, large);
    std::vector<SamplingRow> plain(1);
    plain[0].temperature = 0.0F;
    const std::int32_t best = greedy(logits);
    std::vector<SampleResult> results(3);
    failures = -1;
    status = Status::OutOfMemory;
    while (status == Status::OutOfMemory && failures < 100) {
        failAllocationAfter(++failures);
        status = sampler->sample(rowsOfLogits, rows, results);
        failAllocationAfter(-1);
        std::vector<SampleResult> plainResults(1);
        EXPECT_EQ(sampler->sample(rowsOfLogits, plain, plainResults), Status::Ok);
        EXPECT_EQ(plainResults[0].token, best);
    }
    ASSERT_EQ(status, Status::Ok);
    EXPECT_GT(failures, 3);
    for (std::size_t i = 0; i < 3; ++i)
        SamplingReference(logits.data(), vocabulary, rows[i]).check(results[i]);
}

} // namespace hearth::kernels::cuda::testing
