#pragma once

#include "sampling/grammar/automaton.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hearth::grammar {

/// Writes one rule into an automaton: the subset construction, calls being symbols like bytes.
class Automaton::Determiniser {
public:
    Determiniser(Automaton& automaton, const Nfa& nfa, RuleId rule, Budget& budget);

    /// Errors: Unsupported where the budget is spent.
    Result<void> run();

private:
    using Set = std::vector<std::uint32_t>;
    struct SetHash {
        std::size_t operator()(const Set& set) const;
    };

    /// Whatever is reached without a byte or a call, of states that have either or are the end.
    Set closure(Set seeds);
    StateId stateOf(Set set);
    void expandBytes(const Set& set, StateId id);
    void expandCalls(const Set& set, StateId id);
    void setAlias(const Set& set, StateId id);

    Automaton& m_automaton;
    const Nfa& m_nfa;
    const RuleId m_rule;
    Budget& m_budget;
    std::unordered_map<Set, StateId, SetHash> m_ids;
    std::unordered_map<Set, StateId, SetHash> m_aliases; ///< By stand-ins.
    std::vector<const Set*> m_sets;                      ///< By state, keys of m_ids.
    std::vector<std::uint32_t> m_seen;                   ///< By NFA state: the closure's number.
    std::uint32_t m_closures = 0;
    bool m_full = false;
};

} // namespace hearth::grammar
