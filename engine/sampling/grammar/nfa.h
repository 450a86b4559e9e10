#pragma once

#include "hearth/result.h"
#include "sampling/grammar/expression.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hearth::grammar {

/// Tokens of more bytes are looked at from the true state, not from one that stands in for it.
inline constexpr std::int32_t kAliasReach = 32;

/// What compiling a whole grammar may cost; shared by its rules.
struct Budget {
    std::size_t nfaStates = std::size_t{1} << 20;
    std::size_t dfaStates = std::size_t{1} << 17;
    std::size_t work = 30'000'000; ///< Visits of states while they are made deterministic.
};

/// One rule as a nondeterministic automaton over bytes (Thompson, 1968); calls of other rules are
/// edges of their own. State 0 is the start.
struct Nfa {
    enum class EdgeKind : std::uint8_t { Empty, Bytes, Call };
    struct Edge {
        EdgeKind kind = EdgeKind::Empty;
        std::uint8_t first = 0;
        std::uint8_t last = 0;
        RuleId rule = 0;
        std::uint32_t target = 0;
    };
    std::vector<std::vector<Edge>> states;
    std::uint32_t end = 0;
    /// A state of the same kind in another copy of a long repeat, from which kAliasReach bytes lead
    /// to the same; itself where there is none.
    std::vector<std::uint32_t> alias;
};

/// Errors: Unsupported where the budget is spent.
Result<Nfa> buildNfa(const Grammar& grammar, RuleId rule, Budget& budget);

/// The error of a grammar that is too large.
[[nodiscard]] Failure tooLarge(const char* what);

} // namespace hearth::grammar
