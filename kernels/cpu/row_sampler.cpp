#include "cpu/row_sampler.h"

#include "common/philox.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace hearth::kernels::cpu {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kInPrompt = 1U << 31;
constexpr std::int32_t kFirstSelection = 256;
// A weight of at most 1 has its exponent and four bits of its fraction above this shift.
constexpr std::uint32_t kMassShift = 19;
constexpr std::uint32_t kMassBins = (std::bit_cast<std::uint32_t>(1.0F) >> kMassShift) + 1;

/// 1 / temperature, kept finite so that the likeliest token's 0 stays 0.
float sharpness(float temperature) {
    return std::min(1.0F / temperature, std::numeric_limits<float>::max());
}

} // namespace

void RowSampler::sample(const float* logits, const SamplingRow& row, SampleResult& result) {
    m_finite = m_kernels.copyFinite(logits, m_vocabulary, m_scratch.logits);
    applyBiases(row.biases);
    applyPenalties(row);
    applyMask(row.allowed);
    if (!m_finite) {
        result.status = SampleStatus::NonFinite;
        return;
    }
    m_maximum = m_kernels.chunkMaxima(m_scratch.logits, m_vocabulary, m_scratch.chunkMaxima);
    if (m_maximum == -kInfinity) {
        result.status = SampleStatus::NothingAllowed;
        return;
    }
    result.token = row.given >= 0             ? row.given
                   : row.temperature == 0.0F ? likeliest()
                                             : draw(row);
    if (row.logprobs >= 0)
        report(row.logprobs, result);
}

void RowSampler::set(std::int32_t token, float logit) {
    m_finite = m_finite && logit < kInfinity;
    m_scratch.logits[token] = logit;
}

void RowSampler::applyBiases(std::span<const LogitBias> biases) {
    for (const LogitBias& entry : biases)
        if (exists(entry.token))
            set(entry.token, m_scratch.logits[entry.token] + entry.bias);
}

/// Counts first, then edits each token once and leaves its count at zero.
void RowSampler::applyPenalties(const SamplingRow& row) {
    const bool repetition = row.repetitionPenalty != 1.0F;
    if (!repetition && row.presencePenalty == 0.0F && row.frequencyPenalty == 0.0F)
        return;
    for (const std::int32_t token : row.generatedTokens)
        if (exists(token))
            ++m_scratch.counts[token];
    if (repetition)
        for (const std::int32_t token : row.promptTokens)
            if (exists(token))
                m_scratch.counts[token] |= kInPrompt;
    for (const std::int32_t token : row.generatedTokens)
        penalise(token, row);
    if (repetition)
        for (const std::int32_t token : row.promptTokens)
            penalise(token, row);
}

void RowSampler::penalise(std::int32_t token, const SamplingRow& row) {
    if (!exists(token) || m_scratch.counts[token] == 0)
        return;
    const std::uint32_t generated = m_scratch.counts[token] & ~kInPrompt;
    m_scratch.counts[token] = 0;
    float logit = m_scratch.logits[token];
    logit = logit > 0.0F ? logit / row.repetitionPenalty : logit * row.repetitionPenalty;
    if (generated > 0)
        logit -= row.presencePenalty + row.frequencyPenalty * static_cast<float>(generated);
    set(token, logit);
}

void RowSampler::applyMask(std::span<const std::uint32_t> allowed) {
    if (allowed.empty())
        return;
    for (std::int32_t begin = 0; begin < m_vocabulary; begin += 32) {
        const std::size_t word = std::size_t(begin) / 32;
        const std::uint32_t bits = word < allowed.size() ? allowed[word] : 0;
        if (bits == 0xffffffffU)
            continue;
        const std::int32_t end = std::min(m_vocabulary, begin + 32);
        for (std::int32_t token = begin; token < end; ++token)
            if ((bits >> (token - begin) & 1) == 0)
                m_scratch.logits[token] = -kInfinity;
    }
}

/// The first token with the largest logit.
std::int32_t RowSampler::likeliest() const {
    std::int32_t chunk = 0;
    while (m_scratch.chunkMaxima[chunk] != m_maximum)
        ++chunk;
    std::int32_t token = chunk * kLogitChunk;
    while (m_scratch.logits[token] != m_maximum)
        ++token;
    return token;
}

/// The `count` likeliest tokens, likeliest first, smaller ids first among equals. The count-th
/// largest maximum of the chunks bounds the count-th largest logit from below, so that few
/// candidates are left to sort.
std::span<const std::int32_t> RowSampler::selectTop(std::int32_t count) {
    const std::int32_t chunks = logitChunks(m_vocabulary);
    std::int32_t* const ids = m_scratch.ids;
    std::int32_t candidates = m_vocabulary;
    if (count < chunks) {
        float* const bounds = m_scratch.weights;
        std::copy_n(m_scratch.chunkMaxima, chunks, bounds);
        std::nth_element(bounds, bounds + count - 1, bounds + chunks, std::greater<>());
        candidates = m_kernels.collect(m_scratch.logits, m_vocabulary, bounds[count - 1], ids);
    } else {
        std::iota(ids, ids + m_vocabulary, 0);
    }
    count = std::min(count, candidates);
    const auto before = [logits = m_scratch.logits](std::int32_t a, std::int32_t b) {
        return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
    };
    if (count < candidates)
        std::nth_element(ids, ids + count, ids + candidates, before);
    std::sort(ids, ids + count, before);
    return {ids, std::size_t(count)};
}

void RowSampler::report(std::int32_t logprobs, SampleResult& result) {
    const double sum = m_kernels.weigh(m_scratch.logits, m_vocabulary, m_maximum, 1.0F, -kInfinity,
                                       m_scratch.weights);
    const double normaliser = static_cast<double>(m_maximum) + std::log(sum);
    const auto logprobOf = [&](std::int32_t token) {
        return static_cast<float>(static_cast<double>(m_scratch.logits[token]) - normaliser);
    };
    result.logprob = logprobOf(result.token);
    if (logprobs == 0)
        return;
    for (const std::int32_t token : selectTop(std::min(logprobs, m_vocabulary)))
        if (m_scratch.logits[token] > -kInfinity)
            result.top.push_back({token, logprobOf(token)});
}

std::int32_t RowSampler::draw(const SamplingRow& row) {
    const double uniform = uniformAt(row.seed, static_cast<std::uint64_t>(row.position));
    const bool cut = row.topP < 1.0F || (row.topK > 0 && row.topK < m_vocabulary);
    return cut ? drawFromTop(row, uniform) : drawFromAll(row, uniform);
}

/// Walks the tokens in the order of their ids.
std::int32_t RowSampler::drawFromAll(const SamplingRow& row, double uniform) {
    const float least = row.minP > 0.0F
                            ? std::min(m_maximum, m_maximum + row.temperature * std::log(row.minP))
                            : -kInfinity;
    const double total = m_kernels.weigh(m_scratch.logits, m_vocabulary, m_maximum,
                                         sharpness(row.temperature), least, m_scratch.weights);
    double rest = uniform * total;
    std::int32_t last = likeliest();
    for (std::int32_t token = 0; token < m_vocabulary; ++token) {
        const double weight = static_cast<double>(m_scratch.weights[token]);
        if (weight == 0.0)
            continue;
        last = token;
        if (rest < weight)
            break;
        rest -= weight;
    }
    return last;
}

/// Walks the likeliest tokens in falling order, as many as top-k and top-p keep.
std::int32_t RowSampler::drawFromTop(const SamplingRow& row, double uniform) {
    const std::int32_t limit = row.topK > 0 ? std::min(row.topK, m_vocabulary) : m_vocabulary;
    const bool all = limit == m_vocabulary;
    const float factor = sharpness(row.temperature);
    const double whole = all ? m_kernels.weigh(m_scratch.logits, m_vocabulary, m_maximum, factor,
                                               -kInfinity, m_scratch.weights)
                             : 0.0;
    const std::span<const std::int32_t> top =
        selectTop(all ? std::min(kFirstSelection, limit) : limit);
    const auto weightOf = [&](std::int32_t token) {
        return std::exp(static_cast<double>((m_scratch.logits[token] - m_maximum) * factor));
    };
    double mass = whole;
    if (!all)
        for (const std::int32_t token : top)
            mass += weightOf(token);
    const double wanted = mass * std::min(1.0, static_cast<double>(row.topP));

    std::size_t kept = 0;
    double sum = 0.0;
    bool cut = false;
    for (; kept < top.size() && !cut; ++kept) {
        const double weight = weightOf(top[kept]);
        if (kept > 0 && (weight == 0.0 || weight < static_cast<double>(row.minP))) {
            cut = true;
            break;
        }
        sum += weight;
        cut = sum >= wanted;
    }
    if (!cut && top.size() < std::size_t(limit))
        return drawFromNucleus(row, uniform, wanted);
    double rest = uniform * sum;
    for (std::size_t i = 0; i + 1 < kept; ++i) {
        const double weight = weightOf(top[i]);
        if (rest < weight)
            return top[i];
        rest -= weight;
    }
    return top[kept - 1];
}

/// Top-p over a flat distribution, without sorting it: the weights are summed in bins of one
/// sixteenth of an octave, and only the bin in which the sum passes `wanted` is sorted.
std::int32_t RowSampler::drawFromNucleus(const SamplingRow& row, double uniform, double wanted) {
    float* const weights = m_scratch.weights;
    m_kernels.weigh(m_scratch.logits, m_vocabulary, m_maximum, sharpness(row.temperature),
                    -kInfinity, weights);
    const auto binOf = [weights](std::int32_t token) {
        return std::bit_cast<std::uint32_t>(weights[token]) >> kMassShift;
    };
    std::array<double, kMassBins> masses{};
    for (std::int32_t token = 0; token < m_vocabulary; ++token)
        masses[binOf(token)] += static_cast<double>(weights[token]);
    std::uint32_t bin = kMassBins - 1;
    double above = 0.0;
    for (; bin > 0 && above + masses[bin] < wanted; --bin)
        above += masses[bin];

    const float least = std::max({std::bit_cast<float>(bin << kMassShift), row.minP,
                                  std::numeric_limits<float>::denorm_min()});
    std::int32_t* const begin = m_scratch.ids;
    std::int32_t* const end = begin + m_kernels.collect(weights, m_vocabulary, least, begin);
    std::int32_t* kept =
        std::partition(begin, end, [&](std::int32_t token) { return binOf(token) > bin; });
    std::sort(kept, end, [weights](std::int32_t a, std::int32_t b) {
        return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
    });
    for (; kept != end && above < wanted; ++kept)
        above += static_cast<double>(weights[*kept]);

    double sum = 0.0;
    for (const std::int32_t* id = begin; id != kept; ++id)
        sum += static_cast<double>(weights[*id]);
    double rest = uniform * sum;
    for (const std::int32_t* id = begin; id + 1 < kept; ++id) {
        const double weight = static_cast<double>(weights[*id]);
        if (rest < weight)
            return *id;
        rest -= weight;
    }
    return *(kept - 1);
}

} // namespace hearth::kernels::cpu
