#include "kernels/cuda/sampling_reference.h"

#include "common/philox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace hearth::kernels::cuda::testing {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Weights are float32, as are the logits' distances that they come from.
constexpr double kRounding = 2e-5;

} // namespace

SamplingReference::SamplingReference(const float* logits, std::int32_t vocabulary,
                                     const SamplingRow& row)
    : m_row(row)
    , m_logits(logits, logits + vocabulary) {
    edit();
    m_order.resize(m_logits.size());
    std::iota(m_order.begin(), m_order.end(), 0);
    // The order is that of float32, in which backends hold the edited logits.
    std::stable_sort(m_order.begin(), m_order.end(), [this](std::int32_t a, std::int32_t b) {
        return m_logits[std::size_t(a)] > m_logits[std::size_t(b)];
    });
    if (m_status == SampleStatus::Ok && m_logits[std::size_t(m_order[0])] == -kInfinity)
        m_status = SampleStatus::NothingAllowed;
    if (m_status == SampleStatus::Ok && row.temperature > 0.0F)
        cut();
}

void SamplingReference::edit() {
    const auto exists = [this](std::int32_t token) {
        return token >= 0 && std::size_t(token) < m_logits.size();
    };
    const auto note = [this](double logit) {
        if (!(float(logit) < std::numeric_limits<float>::infinity()))
            m_status = SampleStatus::NonFinite;
    };
    std::for_each(m_logits.begin(), m_logits.end(), note);
    for (const LogitBias& entry : m_row.biases)
        if (exists(entry.token)) {
            double& logit = m_logits[std::size_t(entry.token)];
            logit = double(float(logit) + entry.bias);
            note(logit);
        }
    std::map<std::int32_t, int> counts;
    for (const std::int32_t token : m_row.generatedTokens)
        if (exists(token))
            ++counts[token];
    std::set<std::int32_t> repeated;
    for (const auto& [token, count] : counts)
        repeated.insert(token);
    for (const std::int32_t token : m_row.promptTokens)
        if (exists(token))
            repeated.insert(token);
    for (const std::int32_t token : repeated) {
        float logit = float(m_logits[std::size_t(token)]);
        logit = logit > 0.0F ? logit / m_row.repetitionPenalty : logit * m_row.repetitionPenalty;
        if (const int count = counts[token]; count > 0)
            logit -= m_row.presencePenalty + m_row.frequencyPenalty * float(count);
        m_logits[std::size_t(token)] = double(logit);
        note(double(logit));
    }
    if (m_row.allowed.empty())
        return;
    for (std::size_t token = 0; token < m_logits.size(); ++token) {
        const bool bit = token / 32 < m_row.allowed.size() &&
                         (m_row.allowed[token / 32] >> (token % 32) & 1) != 0;
        if (!bit)
            m_logits[token] = -kInfinity;
    }
}

void SamplingReference::cut() {
    const double highest = m_logits[std::size_t(m_order[0])];
    for (const std::int32_t token : m_order)
        m_weights.push_back(
            std::exp((m_logits[std::size_t(token)] - highest) / double(m_row.temperature)));
    m_kept = m_order.size();
    if (m_row.topK > 0)
        m_kept = std::min(m_kept, std::size_t(m_row.topK));
    if (m_row.topP < 1.0F) {
        const double wanted =
            double(m_row.topP) *
            std::accumulate(m_weights.begin(), m_weights.begin() + std::ptrdiff_t(m_kept), 0.0);
        double sum = m_weights[0];
        std::size_t kept = 1;
        while (kept < m_kept && sum < wanted)
            sum += m_weights[kept++];
        m_kept = kept;
    }
    while (m_kept > 1 && m_weights[m_kept - 1] < double(m_row.minP))
        --m_kept;
}

/// Whether the draw may fall on `token` if the first `kept` tokens are kept.
bool SamplingReference::mayDraw(std::int32_t token, std::size_t kept) const {
    std::vector<std::pair<std::int32_t, double>> walk;
    for (std::size_t i = 0; i < kept; ++i)
        walk.emplace_back(m_order[i], m_weights[i]);
    const bool cuts =
        m_row.topP < 1.0F || (m_row.topK > 0 && std::size_t(m_row.topK) < m_logits.size());
    if (!cuts)
        std::sort(walk.begin(), walk.end());
    double total = 0.0;
    for (const auto& [id, weight] : walk)
        total += weight;
    const double mark = total * uniformAt(m_row.seed, std::uint64_t(m_row.position));
    double before = 0.0;
    for (const auto& [id, weight] : walk) {
        if (id == token)
            return weight > 0.0 && mark > before - kRounding * total &&
                   mark < before + weight + kRounding * total;
        before += weight;
    }
    return false;
}

void SamplingReference::check(const SampleResult& result) const {
    ASSERT_EQ(result.status, m_status);
    if (m_status != SampleStatus::Ok) {
        EXPECT_TRUE(result.top.empty());
        return;
    }
    if (m_row.temperature == 0.0F) {
        EXPECT_EQ(result.token, m_order[0]);
    } else {
        // Whether a token at the edge is kept may hang on rounding.
        bool may = false;
        for (std::size_t kept = std::max<std::size_t>(m_kept, 3) - 2;
             kept <= std::min(m_kept + 2, m_order.size()); ++kept)
            may = may || mayDraw(result.token, kept);
        EXPECT_TRUE(may) << "token " << result.token << " of " << m_kept << " kept";
    }
    checkLogprobs(result);
}

void SamplingReference::checkLogprobs(const SampleResult& result) const {
    if (m_row.logprobs < 0) {
        EXPECT_TRUE(result.top.empty());
        return;
    }
    const double highest = m_logits[std::size_t(m_order[0])];
    double sum = 0.0;
    for (const double logit : m_logits)
        sum += std::exp(logit - highest);
    const auto logprobOf = [&](std::int32_t token) {
        return m_logits[std::size_t(token)] - highest - std::log(sum);
    };
    EXPECT_NEAR(double(result.logprob), logprobOf(result.token), kRounding);
    const std::size_t allowed = std::size_t(std::count_if(
        m_logits.begin(), m_logits.end(), [](double logit) { return logit > -kInfinity; }));
    ASSERT_EQ(result.top.size(), std::min(allowed, std::size_t(m_row.logprobs)));
    for (std::size_t i = 0; i < result.top.size(); ++i) {
        EXPECT_EQ(result.top[i].token, m_order[i]);
        EXPECT_NEAR(double(result.top[i].logprob), logprobOf(m_order[i]), kRounding);
    }
}

} // namespace hearth::kernels::cuda::testing
