#pragma once

#include "hearth/result.h"
#include "sampling/grammar/expression.h"
#include "sampling/grammar/nfa.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hearth::grammar {

using StateId = std::uint32_t;

/// A grammar made ready to run: for each rule a deterministic automaton over bytes, in which calls
/// of other rules are edges too. Bytes are unambiguous inside a rule; what is ambiguous is only
/// whether to read a byte, to call or to return. Every state leads to an end: no text that can't
/// be finished is begun. Immutable.
class Automaton {
public:
    struct Edge {
        std::uint8_t first = 0;
        std::uint8_t last = 0;
        StateId target = 0;
    };
    struct Call {
        StateId start = 0; ///< Of the called rule,
        StateId target = 0; ///< and where to go on behind it.
        RuleId rule = 0;
    };
    struct State {
        std::uint32_t edges = 0;
        std::uint32_t calls = 0;
        std::uint16_t edgeCount = 0;
        std::uint16_t callCount = 0;
        bool isFinal = false;  ///< The rule may end here.
        bool isSimple = false; ///< Neither an end nor a call: only bytes lead on.
        RuleId rule = 0;
    };

    /// Errors: InvalidArgument for left recursion and for a grammar that describes no text,
    /// Unsupported for one that is too large.
    static Result<Automaton> compile(const Grammar& grammar);

    [[nodiscard]] StateId start() const { return m_starts.front(); }
    [[nodiscard]] const State& state(StateId id) const { return m_states[id]; }
    [[nodiscard]] std::size_t stateCount() const { return m_states.size(); }
    [[nodiscard]] std::span<const Edge> edges(StateId id) const {
        return std::span(m_edges).subspan(m_states[id].edges, m_states[id].edgeCount);
    }
    [[nodiscard]] std::span<const Call> calls(StateId id) const {
        return std::span(m_calls).subspan(m_states[id].calls, m_states[id].callCount);
    }
    /// Where `byte` leads inside the rule, or kNowhere.
    [[nodiscard]] StateId next(StateId id, std::uint8_t byte) const {
        for (const Edge& edge : edges(id))
            if (byte <= edge.last)
                return byte >= edge.first ? edge.target : kNowhere;
        return kNowhere;
    }
    /// A state that accepts the same tokens of at most kAliasReach bytes; often itself.
    [[nodiscard]] StateId alias(StateId id) const { return m_aliases[id]; }
    [[nodiscard]] std::size_t ruleCount() const { return m_starts.size(); }
    /// The rule's states are [ruleStart(rule), ruleEnd(rule)).
    [[nodiscard]] StateId ruleStart(RuleId rule) const { return m_starts[rule]; }
    [[nodiscard]] StateId ruleEnd(RuleId rule) const {
        return rule + 1 < m_starts.size() ? m_starts[rule + 1] : StateId(m_states.size());
    }
    /// Equal for rules of equal automata that call no other; empty for those that do and for large
    /// ones.
    [[nodiscard]] std::string contentKey(RuleId rule) const;

    static constexpr StateId kNowhere = ~StateId{0};

private:
    class Determiniser;

    Result<void> checkLeftRecursion(const Grammar& grammar) const;
    void removeDeadEnds();
    void finishStates();

    std::vector<State> m_states;
    std::vector<Edge> m_edges; ///< Of each state by byte, apart from each other.
    std::vector<Call> m_calls;
    std::vector<StateId> m_aliases;
    std::vector<StateId> m_starts; ///< By rule.
};

} // namespace hearth::grammar
