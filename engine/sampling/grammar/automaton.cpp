#include "sampling/grammar/automaton.h"

#include "base/field_failure.h"
#include "sampling/grammar/determiniser.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace hearth::grammar {

namespace {

/// A rule of more states is not worth comparing with others.
constexpr StateId kMaxSharedStates = 512;

} // namespace

Result<Automaton> Automaton::compile(const Grammar& grammar) {
    Automaton automaton;
    Budget budget;
    automaton.m_starts.resize(grammar.rules().size());
    for (RuleId rule = 0; rule < grammar.rules().size(); ++rule) {
        HEARTH_TRY_ASSIGN(const Nfa nfa, buildNfa(grammar, rule, budget));
        HEARTH_TRY(Determiniser(automaton, nfa, rule, budget).run());
    }
    for (Call& call : automaton.m_calls)
        call.start = automaton.m_starts[call.rule];
    HEARTH_TRY(automaton.checkLeftRecursion(grammar));
    automaton.removeDeadEnds();
    const State& start = automaton.m_states[automaton.start()];
    if (start.edgeCount == 0 && start.callCount == 0 && !start.isFinal)
        return invalidArgument("grammar", "no text is described by it");
    automaton.finishStates();
    return automaton;
}

/// A rule that can call itself before any byte is read would be called without end.
Result<void> Automaton::checkLeftRecursion(const Grammar& grammar) const {
    const std::size_t rules = m_starts.size();
    std::vector<bool> nullable(rules, false);
    std::vector<std::vector<RuleId>> first(rules);
    std::vector<std::vector<RuleId>> callers(rules); ///< Whose own answer may follow.
    for (StateId id = 0; id < m_states.size(); ++id)
        for (const Call& call : calls(id))
            callers[call.rule].push_back(m_states[id].rule);
    std::vector<RuleId> pending(rules);
    std::iota(pending.rbegin(), pending.rend(), RuleId{0});
    std::vector<bool> isPending(rules, true);
    while (!pending.empty()) {
        const RuleId rule = pending.back();
        pending.pop_back();
        isPending[rule] = false;
        std::vector<StateId> open{m_starts[rule]};
        std::unordered_set<StateId> seen(open.begin(), open.end());
        std::vector<RuleId> called;
        bool ends = false;
        while (!open.empty()) {
            const StateId id = open.back();
            open.pop_back();
            ends = ends || m_states[id].isFinal;
            for (const Call& call : calls(id)) {
                called.push_back(call.rule);
                if (nullable[call.rule] && seen.insert(call.target).second)
                    open.push_back(call.target);
            }
        }
        first[rule] = std::move(called);
        if (ends == nullable[rule])
            continue;
        nullable[rule] = true; // never back: each rule is looked at again but a few times
        for (const RuleId caller : callers[rule])
            if (!isPending[caller]) {
                isPending[caller] = true;
                pending.push_back(caller);
            }
    }
    // Depth first without recursion: a rule met while it is open closes a circle.
    enum class Mark : std::uint8_t { New, Open, Done };
    std::vector<Mark> marks(rules, Mark::New);
    for (RuleId root = 0; root < rules; ++root) {
        if (marks[root] != Mark::New)
            continue;
        std::vector<std::pair<RuleId, std::size_t>> path{{root, 0}};
        marks[root] = Mark::Open;
        while (!path.empty()) {
            auto& [rule, position] = path.back();
            if (position == first[rule].size()) {
                marks[rule] = Mark::Done;
                path.pop_back();
                continue;
            }
            const RuleId next = first[rule][position++];
            if (marks[next] == Mark::Open)
                return invalidArgument(grammar.rules()[next].name, "left recursion: the rule begins with "
                                                           "itself");
            if (marks[next] == Mark::New) {
                marks[next] = Mark::Open;
                path.emplace_back(next, 0);
            }
        }
    }
    return {};
}

void Automaton::removeDeadEnds() {
    std::vector<bool> alive(m_states.size(), false);
    const auto lives = [&](StateId id) {
        const auto edge = edges(id);
        const auto call = calls(id);
        return m_states[id].isFinal ||
               std::any_of(edge.begin(), edge.end(),
                           [&](const Edge& e) { return alive[e.target]; }) ||
               std::any_of(call.begin(), call.end(),
                           [&](const Call& c) { return alive[c.target] && alive[c.start]; });
    };
    std::vector<std::vector<StateId>> before(m_states.size()); ///< Who may live by a state.
    for (StateId id = 0; id < m_states.size(); ++id) {
        for (const Edge& edge : edges(id))
            if (before[edge.target].empty() || before[edge.target].back() != id)
                before[edge.target].push_back(id);
        for (const Call& call : calls(id)) {
            before[call.target].push_back(id);
            before[call.start].push_back(id);
        }
    }
    std::vector<StateId> pending;
    for (StateId id = 0; id < m_states.size(); ++id)
        if (m_states[id].isFinal)
            pending.push_back(id);
    while (!pending.empty()) {
        const StateId id = pending.back();
        pending.pop_back();
        if (alive[id] || !lives(id))
            continue;
        alive[id] = true;
        pending.insert(pending.end(), before[id].begin(), before[id].end());
    }
    for (State& state : m_states) {
        Edge* const edge = m_edges.data() + state.edges;
        Edge* const edgeEnd = std::remove_if(edge, edge + state.edgeCount, [&](const Edge& e) {
            return !alive[e.target];
        });
        state.edgeCount = std::uint16_t(edgeEnd - edge);
        Call* const call = m_calls.data() + state.calls;
        Call* const callEnd = std::remove_if(call, call + state.callCount, [&](const Call& c) {
            return !alive[c.target] || !alive[c.start];
        });
        state.callCount = std::uint16_t(callEnd - call);
    }
}

void Automaton::finishStates() {
    for (State& state : m_states)
        state.isSimple = !state.isFinal && state.callCount == 0;
}

std::string Automaton::contentKey(RuleId rule) const {
    const StateId begin = ruleStart(rule);
    const StateId end = ruleEnd(rule);
    std::string key;
    if (end - begin > kMaxSharedStates)
        return key;
    for (StateId id = begin; id < end; ++id) {
        if (m_states[id].callCount > 0)
            return {};
        key += m_states[id].isFinal ? '!' : '.';
        const StateId standIn = m_aliases[id] - begin;
        key += char(standIn & 0xFF);
        key += char(standIn >> 8);
        for (const Edge& edge : edges(id)) {
            const StateId target = edge.target - begin;
            for (const auto byte : {std::uint32_t{edge.first}, std::uint32_t{edge.last},
                                    std::uint32_t{target & 0xFF}, std::uint32_t{target >> 8}})
                key += char(byte);
        }
        // No edge begins above where it ends: this cannot be taken for one.
        key += std::string_view("\xFF\x00", 2);
    }
    return key;
}

} // namespace hearth::grammar
