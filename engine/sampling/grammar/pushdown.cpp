#include "sampling/grammar/pushdown.h"

#include <algorithm>

namespace hearth::grammar {

void Pushdown::begin(PositionSets& sets) {
    sets.push();
    openSet();
    visit({m_automaton->start(), kOutermost});
    close(sets);
}

bool Pushdown::step(PositionSets& sets, std::uint8_t byte) {
    const std::size_t count = sets.top().size();
    openSet();
    m_work += count;
    for (std::size_t i = 0; i < count; ++i) {
        const Position position = sets.top()[i];
        const StateId next = m_automaton->next(position.state, byte);
        if (next != Automaton::kNowhere)
            visit({next, position.frame});
    }
    sets.push();
    if (m_open.empty())
        return false;
    if (m_open.size() == 1 && m_automaton->state(m_open.front().state).isSimple) {
        sets.add(m_open.front());
        return true;
    }
    close(sets);
    return true;
}

void Pushdown::close(PositionSets& sets) {
    for (std::size_t i = 0; i < m_open.size(); ++i) {
        const Position position = m_open[i];
        const Automaton::State& state = m_automaton->state(position.state);
        if (state.edgeCount > 0)
            sets.add(position);
        for (const Automaton::Call& called : m_automaton->calls(position.state)) {
            // Where nothing follows the call, its return is the caller's own.
            const Automaton::State& target = m_automaton->state(called.target);
            const bool isLast = target.isFinal && target.edgeCount == 0 && target.callCount == 0;
            const std::uint32_t frame =
                isLast ? position.frame : call(called.target, position.frame);
            if (frame != kRefused)
                visit({called.start, frame});
        }
        if (!state.isFinal)
            continue;
        if (position.frame == kOutermost)
            sets.setReturns();
        else
            visit({m_frames[position.frame].target, m_frames[position.frame].outer});
    }
}

void Pushdown::openSet() {
    m_open.clear();
    if (++m_set == 0) { // the numbers are used up
        std::fill(m_seenIn.begin(), m_seenIn.end(), 0U);
        m_set = 1;
    }
}

void Pushdown::visit(Position position) {
    ++m_work;
    if (m_open.size() >= kMaxPositions)
        return;
    const std::uint64_t key = std::uint64_t{position.state} << 32 | position.frame;
    std::size_t slot = (key * 0x9e3779b97f4a7c15U) >> 40U & (kSeenSlots - 1);
    for (; m_seenIn[slot] == m_set; slot = (slot + 1) & (kSeenSlots - 1))
        if (m_seen[slot] == key)
            return;
    m_seenIn[slot] = m_set;
    m_seen[slot] = key;
    m_open.push_back(position);
}

std::uint32_t Pushdown::call(StateId target, std::uint32_t outer) {
    const std::uint32_t depth = m_frames[outer].depth + 1;
    if (depth > kMaxDepth)
        return kRefused;
    const auto [entry, added] = m_known.try_emplace(std::uint64_t{target} << 32 | outer,
                                                    std::uint32_t(m_frames.size()));
    if (added)
        m_frames.push_back({target, outer, depth});
    return entry->second;
}

} // namespace hearth::grammar
