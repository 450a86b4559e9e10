#pragma once

#include "cache/kv_manager.h"
#include "hearth/request.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hearth {

/// Chosen by the caller; unique among the sequences that a scheduler knows.
using SequenceId = std::uint64_t;

enum class SequenceState : std::uint8_t {
    Waiting,   ///< Has not run yet.
    Running,   ///< Holds blocks and takes part in steps.
    Preempted, ///< Ran, gave its blocks up and waits to run again.
    Finished,  ///< Done or cancelled; known until the steps that it is part of have ended.
};

/// What a sequence starts from.
struct SequenceOptions {
    SequenceId id = 0;
    Lane lane = Lane::Chat;
    std::vector<TokenId> prompt = {}; ///< At least one token.
    /// Empty: as many as context and pool can hold.
    std::optional<std::int32_t> maxNewTokens = std::nullopt;
    PrefixKey key = {}; ///< `rope` is set by the Scheduler.
    std::vector<MediaSpan> media = {};
    std::int32_t crossTokens = 0; ///< Length of the encoder's output, for Cross groups.
    std::vector<TokenId> source = {}; ///< What the encoder reads: crossTokens tokens.
    bool usePrefixCache = true;
    bool promptLogits = false; ///< Logits of every prompt token; the prefix cache is not asked.
};

/// One reply in the making: its tokens, how far they are in the cache, and the blocks there.
/// Tokens count as scheduled from the launch of the step that computes them and as computed when
/// that step is confirmed; computed ≤ scheduled. With steps launched ahead, `scheduled` may pass
/// the known tokens: the next token is then known to the device only. Changed by the Scheduler
/// alone, read on the engine thread.
class Sequence {
public:
    Sequence(SequenceOptions options, std::uint64_t arrival, std::int32_t maxNewTokens);

    [[nodiscard]] SequenceId id() const { return m_options.id; }
    [[nodiscard]] Lane lane() const { return m_options.lane; }
    [[nodiscard]] std::uint64_t arrival() const { return m_arrival; }
    [[nodiscard]] SequenceState state() const { return m_state; }

    /// Prompt, then what was generated.
    [[nodiscard]] std::span<const TokenId> tokens() const { return m_tokens; }
    [[nodiscard]] std::span<const TokenId> generated() const {
        return tokens().subspan(std::size_t(m_promptTokens));
    }
    /// Proposed tokens that follow tokens(); they are computed in the next step and then dropped.
    [[nodiscard]] std::span<const TokenId> drafts() const { return m_drafts; }
    [[nodiscard]] std::int32_t tokenCount() const { return std::int32_t(m_tokens.size()); }
    [[nodiscard]] std::int32_t promptTokens() const { return m_promptTokens; }
    /// Tokens that the request brought: the encoder's where there is one.
    [[nodiscard]] std::int32_t inputTokens() const {
        return m_options.source.empty() ? m_promptTokens : std::int32_t(m_options.source.size());
    }
    [[nodiscard]] std::int32_t generatedTokens() const { return tokenCount() - m_promptTokens; }
    [[nodiscard]] std::int32_t maxNewTokens() const { return m_maxNewTokens; }
    /// True when maxNewTokens() are there: such a sequence takes part in no further step.
    [[nodiscard]] bool atLimit() const {
        return generatedTokens() >= m_maxNewTokens && m_computed >= cacheLimit();
    }

    [[nodiscard]] std::int32_t computed() const { return m_computed; }
    [[nodiscard]] std::int32_t scheduled() const { return m_scheduled; }
    /// Steps launched and not yet confirmed that this sequence is part of.
    [[nodiscard]] std::int32_t stepsInFlight() const { return m_stepsInFlight; }
    /// Prompt tokens found in the prefix cache when it first ran; 0 before.
    [[nodiscard]] std::int32_t cachedTokens() const { return m_cachedTokens; }
    [[nodiscard]] std::int32_t preemptions() const { return m_preemptions; }
    [[nodiscard]] const SequenceCache& cache() const { return m_cache; }
    [[nodiscard]] const SequenceOptions& options() const { return m_options; }
    /// HostStep::ropeLengths: the same from its first step to its last.
    [[nodiscard]] std::int32_t ropeLength() const { return std::int32_t(m_options.key.rope); }

    /// Tokens that will ever be in the cache: the last one generated need not be.
    [[nodiscard]] std::int32_t cacheLimit() const {
        return m_promptTokens + (m_maxNewTokens > 0 ? m_maxNewTokens - 1 : 0);
    }
    /// Tokens that the next step can compute, drafts apart: 1 in decode.
    [[nodiscard]] std::int32_t remaining() const;
    /// True while more than the next token is to be computed: a prompt or a resumed sequence.
    [[nodiscard]] bool inPrefill() const { return tokenCount() - m_scheduled > 1; }
    /// Order of service: lower ranks, then earlier arrivals.
    [[nodiscard]] bool comesBefore(const Sequence& other) const {
        return m_rank != other.m_rank ? m_rank < other.m_rank : m_arrival < other.m_arrival;
    }

private:
    friend class Scheduler;

    /// Known tokens and those that launched steps will add.
    [[nodiscard]] std::int32_t expectedTokens() const { return tokenCount() + m_samplesInFlight; }

    SequenceOptions m_options; ///< Without the prompt, which moved to m_tokens.
    std::uint64_t m_arrival;
    std::int32_t m_promptTokens;
    std::int32_t m_maxNewTokens;
    SequenceState m_state = SequenceState::Waiting;
    std::vector<TokenId> m_tokens;
    std::vector<TokenId> m_drafts;
    SequenceCache m_cache;
    std::int32_t m_computed = 0;
    std::int32_t m_scheduled = 0;
    bool m_begun = false;          ///< Was part of a step since it got its blocks.
    std::int32_t m_logitsDone = 0; ///< Prompt positions whose logits were delivered.
    std::int32_t m_stepsInFlight = 0;
    std::int32_t m_samplesInFlight = 0; ///< Tokens that those steps will add.
    std::int32_t m_draftsInFlight = 0;
    std::int32_t m_cachedTokens = 0;
    std::int32_t m_preemptions = 0;
    std::int32_t m_lostTokens = 0;  ///< Computed when it was preempted.
    std::int32_t m_rank;            ///< The lane, improved by waiting.
    std::uint64_t m_servedTick = 0; ///< When it last got tokens or joined the queue.
    std::int32_t m_share = 0;       ///< Tokens meant for it in the step being planned.
    std::int32_t m_entry = -1;      ///< Its entry in that step.
    bool m_heldBack = false;        ///< Left out of that step, to be preempted once it is idle.
};

} // namespace hearth
