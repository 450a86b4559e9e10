#pragma once

#include "sampling/grammar/automaton.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace hearth::grammar {

/// Where a text has got to in a grammar: a state and the calls that it is inside of.
struct Position {
    StateId state = 0;
    std::uint32_t frame = 0;

    friend bool operator==(const Position&, const Position&) = default;
};

/// A stack of positions' sets, one a byte. A set holds every way to read the text so far; each of
/// its positions can read a byte. For one thread.
class PositionSets {
public:
    [[nodiscard]] std::size_t depth() const { return m_sets.size(); }
    [[nodiscard]] std::span<const Position> top() const {
        return std::span(m_positions).subspan(m_sets.back().begin);
    }
    /// True if the outermost rule may end here.
    [[nodiscard]] bool returns() const { return m_sets.back().returns; }
    void push() { m_sets.push_back({m_positions.size(), false}); }
    void shrink(std::size_t depth) {
        if (depth == m_sets.size())
            return;
        m_positions.resize(m_sets[depth].begin);
        m_sets.resize(depth);
    }
    /// Keeps the top alone.
    void keepTop() {
        m_positions.erase(m_positions.begin(),
                          m_positions.begin() + std::ptrdiff_t(m_sets.back().begin));
        m_sets.assign(1, {0, m_sets.back().returns});
    }
    void add(Position position) { m_positions.push_back(position); }
    void setReturns() { m_sets.back().returns = true; }

private:
    struct Set {
        std::size_t begin = 0;
        bool returns = false;
    };
    std::vector<Position> m_positions;
    std::vector<Set> m_sets;
};

/// Runs an automaton's calls. Stacks of calls are chains of frames that positions share, each pair
/// of a return state and an outer frame being there once, so that equal stacks are equal numbers.
/// The automaton must outlive it. For one thread.
class Pushdown {
public:
    explicit Pushdown(const Automaton& automaton) : m_automaton(&automaton) {}

    /// The outermost frame: what called the rule is not known or not there.
    static constexpr std::uint32_t kOutermost = 0;

    /// Pushes the set before the first byte.
    void begin(PositionSets& sets);
    /// Pushes the set that `byte` leads to from the top; false (and an empty set) if there is none.
    bool step(PositionSets& sets, std::uint8_t byte);
    /// Positions looked at so far: what its caller pays in time.
    [[nodiscard]] std::uint64_t work() const { return m_work; }

private:
    /// Calls inside each other; deeper ones can't be made. Far beyond what parsers of JSON read.
    static constexpr std::uint32_t kMaxDepth = 10'000;
    /// Ways to read one text; of a grammar that has more, some are forgotten.
    static constexpr std::size_t kMaxPositions = 512;
    static constexpr std::size_t kSeenSlots = 4 * kMaxPositions; ///< A power of two.

    struct Frame {
        StateId target = 0;
        std::uint32_t outer = 0;
        std::uint32_t depth = 0;
    };

    /// Adds to the top of `sets` whatever can read a byte, from the positions in `m_open` on.
    void close(PositionSets& sets);
    void visit(Position position);
    void openSet();
    /// kRefused beyond kMaxDepth.
    std::uint32_t call(StateId target, std::uint32_t outer);

    static constexpr std::uint32_t kRefused = ~std::uint32_t{0};

    const Automaton* m_automaton;
    std::vector<Frame> m_frames{Frame{}};
    std::unordered_map<std::uint64_t, std::uint32_t> m_known; ///< Frames by target and outer.
    std::vector<Position> m_open; ///< Every position that is met while a set is made.
    std::vector<std::uint64_t> m_seen = std::vector<std::uint64_t>(kSeenSlots); ///< Of m_open.
    std::vector<std::uint32_t> m_seenIn = std::vector<std::uint32_t>(kSeenSlots); ///< Its set.
    std::uint32_t m_set = 0; ///< Numbers the set that is made.
    std::uint64_t m_work = 0;
};

} // namespace hearth::grammar
