#include "sampling/beam_state.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hearth {

BeamState::BeamState(BeamRules rules) : m_rules(std::move(rules)), m_running(1) {}

void BeamState::advance(std::span<const std::vector<BeamCandidate>> candidates) {
    struct Continuation {
        std::size_t beam = 0;
        std::int32_t token = 0;
        double logprob = 0.0;
    };
    std::vector<Continuation> all;
    for (std::size_t i = 0; i < m_running.size(); ++i)
        for (const BeamCandidate& candidate : candidates[i])
            all.push_back({i, candidate.token, m_running[i].logprob + candidate.logprob});
    std::stable_sort(all.begin(), all.end(), [](const Continuation& a, const Continuation& b) {
        return a.logprob > b.logprob;
    });
    const auto width = std::size_t(m_rules.width);
    ++m_steps;
    std::vector<Beam> next;
    for (std::size_t rank = 0; rank < std::min(all.size(), 2 * width) && next.size() < width;
         ++rank) {
        const Continuation& one = all[rank];
        Beam beam = m_running[one.beam];
        beam.logprob = one.logprob;
        const bool isEnd = std::find(m_rules.endTokens.begin(), m_rules.endTokens.end(),
                                     one.token) != m_rules.endTokens.end();
        if (!isEnd) {
            beam.tokens.push_back(one.token);
            next.push_back(std::move(beam));
        } else if (rank < width) {
            beam.isEnded = true;
            finish(std::move(beam), std::size_t(m_steps));
        }
    }
    m_running = std::move(next);
    if (m_steps >= m_rules.maxTokens)
        stop();
    else if (isOver())
        m_running.clear();
}

void BeamState::stop() {
    for (Beam& beam : std::exchange(m_running, {})) {
        const std::size_t length = beam.tokens.size();
        if (length > 0)
            finish(std::move(beam), length);
    }
}

void BeamState::finish(Beam beam, std::size_t length) {
    beam.score = beam.logprob / std::pow(double(length), m_rules.lengthPenalty);
    const auto place = std::upper_bound(
        m_finished.begin(), m_finished.end(), beam,
        [](const Beam& a, const Beam& b) { return a.score > b.score; });
    m_finished.insert(place, std::move(beam));
    if (m_finished.size() > std::size_t(m_rules.width))
        m_finished.pop_back();
}

bool BeamState::isOver() const {
    if (m_finished.size() < std::size_t(m_rules.width))
        return false;
    if (m_rules.earlyStop == EarlyStop::WhenFull || m_running.empty())
        return true;
    // A sum only falls; its score is best at the length that the penalty favours.
    const double length = m_rules.lengthPenalty > 0.0 ? m_rules.maxTokens : m_steps + 1;
    const double best = m_running.front().logprob / std::pow(length, m_rules.lengthPenalty);
    return best <= m_finished.back().score;
}

} // namespace hearth
