#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth {

/// A reply in the making, or a finished one.
struct Beam {
    std::vector<std::int32_t> tokens; ///< Without the one that ended it.
    double logprob = 0.0;             ///< Of all tokens, the one that ended it too.
    double score = 0.0;               ///< logprob / length^penalty, of finished ones.
    bool isEnded = false;             ///< By an end token, not by the limit.
};

enum class EarlyStop : std::uint8_t {
    WhenFull,   ///< As soon as `width` replies are finished.
    WhenProven, ///< Once no running beam can still become better than the worst of those.
};

struct BeamRules {
    std::int32_t width = 4;
    std::int32_t maxTokens = 16;
    double lengthPenalty = 1.0; ///< Above 0 longer replies gain; 0: the sum alone counts.
    EarlyStop earlyStop = EarlyStop::WhenProven;
    std::vector<std::int32_t> endTokens;
};

struct BeamCandidate {
    std::int32_t token = 0;
    double logprob = 0.0;
};

/// Beam search without a model: which replies go on after each step. Of all continuations the
/// 2·width likeliest are looked at; those that end count only among the first `width` (as Hugging
/// Face's). The length of a reply includes the token that ended it. For one thread.
class BeamState {
public:
    explicit BeamState(BeamRules rules);

    /// Beams that wait for candidates; none: the search is over.
    [[nodiscard]] const std::vector<Beam>& running() const { return m_running; }
    /// `candidates[i]`: the likeliest tokens behind running()[i].
    void advance(std::span<const std::vector<BeamCandidate>> candidates);
    /// Ends the search: running beams count as finished by the limit.
    void stop();
    /// The finished replies, best score first; at most `width`.
    [[nodiscard]] const std::vector<Beam>& finished() const { return m_finished; }

private:
    void finish(Beam beam, std::size_t length);
    [[nodiscard]] bool isOver() const;

    BeamRules m_rules;
    std::vector<Beam> m_running;
    std::vector<Beam> m_finished; ///< By score.
    std::int32_t m_steps = 0;
};

} // namespace hearth
