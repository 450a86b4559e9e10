#include "sampling/grammar/determiniser.h"

#include <algorithm>
#include <map>
#include <utility>

namespace hearth::grammar {

std::size_t Automaton::Determiniser::SetHash::operator()(const Set& set) const {
    std::size_t hash = set.size();
    for (const std::uint32_t state : set)
        hash = (hash ^ state) * 0x9E3779B97F4A7C15ULL;
    return hash ^ (hash >> 29);
}

Automaton::Determiniser::Determiniser(Automaton& automaton, const Nfa& nfa, RuleId rule,
                                      Budget& budget)
    : m_automaton(automaton), m_nfa(nfa), m_rule(rule), m_budget(budget)
    , m_seen(nfa.states.size(), 0) {}

Result<void> Automaton::Determiniser::run() {
    const StateId base = StateId(m_automaton.m_states.size());
    m_automaton.m_starts[m_rule] = stateOf(closure({0}));
    for (std::size_t i = 0; i < m_sets.size() && !m_full; ++i) {
        const StateId id = base + StateId(i);
        State& state = m_automaton.m_states[id];
        const Set& set = *m_sets[i];
        state.rule = m_rule;
        state.isFinal = std::binary_search(set.begin(), set.end(), m_nfa.end);
        setAlias(set, id);
        expandBytes(set, id);
        expandCalls(set, id);
    }
    if (m_full)
        return tooLarge("states");
    return {};
}

Automaton::Determiniser::Set Automaton::Determiniser::closure(Set seeds) {
    ++m_closures;
    Set result;
    while (!seeds.empty()) {
        const std::uint32_t state = seeds.back();
        seeds.pop_back();
        if (std::exchange(m_seen[state], m_closures) == m_closures)
            continue;
        if (m_budget.work == 0) {
            m_full = true;
            break;
        }
        --m_budget.work;
        bool counts = state == m_nfa.end;
        for (const Nfa::Edge& edge : m_nfa.states[state]) {
            if (edge.kind == Nfa::EdgeKind::Empty)
                seeds.push_back(edge.target);
            else
                counts = true;
        }
        if (counts)
            result.push_back(state);
    }
    std::sort(result.begin(), result.end());
    return result;
}

StateId Automaton::Determiniser::stateOf(Set set) {
    const auto [entry, added] = m_ids.try_emplace(std::move(set), 0);
    if (!added)
        return entry->second;
    if (m_budget.dfaStates == 0) {
        m_full = true;
        return entry->second;
    }
    --m_budget.dfaStates;
    entry->second = StateId(m_automaton.m_states.size());
    m_automaton.m_states.emplace_back();
    m_automaton.m_aliases.push_back(entry->second);
    m_sets.push_back(&entry->first);
    return entry->second;
}

void Automaton::Determiniser::setAlias(const Set& set, StateId id) {
    Set standIns;
    for (const std::uint32_t state : set)
        standIns.push_back(m_nfa.alias[state]);
    std::sort(standIns.begin(), standIns.end());
    m_automaton.m_aliases[id] = m_aliases.try_emplace(std::move(standIns), id).first->second;
}

void Automaton::Determiniser::expandBytes(const Set& set, StateId id) {
    std::vector<Nfa::Edge> edges;
    std::vector<int> bounds;
    for (const std::uint32_t state : set) {
        for (const Nfa::Edge& edge : m_nfa.states[state]) {
            if (edge.kind != Nfa::EdgeKind::Bytes)
                continue;
            edges.push_back(edge);
            bounds.push_back(edge.first);
            bounds.push_back(edge.last + 1);
        }
    }
    std::sort(bounds.begin(), bounds.end());
    bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
    const auto begin = std::uint32_t(m_automaton.m_edges.size());
    for (std::size_t i = 0; i + 1 < bounds.size() && !m_full; ++i) {
        Set targets;
        for (const Nfa::Edge& edge : edges)
            if (edge.first <= bounds[i] && bounds[i] <= edge.last)
                targets.push_back(edge.target);
        m_budget.work -= std::min(m_budget.work, edges.size());
        if (targets.empty())
            continue;
        const StateId target = stateOf(closure(std::move(targets)));
        std::vector<Edge>& all = m_automaton.m_edges;
        if (all.size() > begin && all.back().target == target && all.back().last + 1 == bounds[i])
            all.back().last = std::uint8_t(bounds[i + 1] - 1);
        else
            all.push_back({std::uint8_t(bounds[i]), std::uint8_t(bounds[i + 1] - 1), target});
    }
    m_automaton.m_states[id].edges = begin;
    m_automaton.m_states[id].edgeCount =
        std::uint16_t(m_automaton.m_edges.size() - begin);
}

void Automaton::Determiniser::expandCalls(const Set& set, StateId id) {
    std::map<RuleId, Set> targets;
    for (const std::uint32_t state : set)
        for (const Nfa::Edge& edge : m_nfa.states[state])
            if (edge.kind == Nfa::EdgeKind::Call)
                targets[edge.rule].push_back(edge.target);
    if (targets.size() > 0xFFFF) {
        m_full = true;
        return;
    }
    const auto begin = std::uint32_t(m_automaton.m_calls.size());
    for (auto& [rule, seeds] : targets)
        m_automaton.m_calls.push_back({0, stateOf(closure(std::move(seeds))), rule});
    m_automaton.m_states[id].calls = begin;
    m_automaton.m_states[id].callCount = std::uint16_t(targets.size());
}

} // namespace hearth::grammar
