#include "sampling/grammar/nfa.h"

#include "sampling/grammar/utf8_ranges.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace hearth::grammar {

namespace {

using State = std::uint32_t;

/// A repeat longer than this gets states that stand in for others.
constexpr std::int32_t kLongRepeat = kAliasReach + 8;

class Builder {
public:
    Builder(const Grammar& grammar, Budget& budget) : m_grammar(grammar), m_budget(budget) {}

    Result<Nfa> build(RuleId rule) {
        const State start = add();
        m_nfa.end = expression(m_grammar.rules()[rule].expression, start);
        if (m_full)
            return tooLarge("states");
        return std::move(m_nfa);
    }

private:
    State add() {
        if (m_budget.nfaStates == 0) {
            m_full = true;
            return 0;
        }
        --m_budget.nfaStates;
        m_nfa.states.emplace_back();
        m_nfa.alias.push_back(State(m_nfa.states.size() - 1));
        return State(m_nfa.states.size() - 1);
    }
    void empty(State from, State to) {
        m_nfa.states[from].push_back({Nfa::EdgeKind::Empty, 0, 0, 0, to});
    }
    void bytes(State from, std::uint8_t first, std::uint8_t last, State to) {
        m_nfa.states[from].push_back({Nfa::EdgeKind::Bytes, first, last, 0, to});
    }

    /// The state behind the expression. No edge that it adds leads back to `from`.
    State expression(ExpressionId id, State from);
    State literal(const std::string& text, State from);
    State characters(const std::vector<CodeRange>& ranges, State from);
    State alternatives(const Expression& expression, State from);
    State repeat(const Expression& expression, State from);
    State copies(ExpressionId child, std::int32_t count, State from, std::optional<State> exit,
                 std::vector<State>& starts);
    void markAliases(const std::vector<State>& starts, std::int32_t min, std::int32_t max);
    State freeText(const Expression& expression, State from);
    State list(const Expression& expression, State from);
    [[nodiscard]] bool mayBeEmpty(ExpressionId id) const;

    const Grammar& m_grammar;
    Budget& m_budget;
    Nfa m_nfa;
    int m_longRepeats = 0; ///< That the expression being built is in.
    bool m_full = false;
};

State Builder::expression(ExpressionId id, State from) {
    if (m_full)
        return from;
    const Expression& expression = m_grammar.expression(id);
    switch (expression.kind) {
    case ExpressionKind::Bytes:
        return literal(expression.bytes, from);
    case ExpressionKind::Characters:
        return characters(expression.ranges, from);
    case ExpressionKind::Sequence:
        for (const ExpressionId child : expression.children)
            from = this->expression(child, from);
        return from;
    case ExpressionKind::Alternatives:
        return alternatives(expression, from);
    case ExpressionKind::Repeat:
        return repeat(expression, from);
    case ExpressionKind::Call: {
        const State end = add();
        m_nfa.states[from].push_back({Nfa::EdgeKind::Call, 0, 0, expression.rule, end});
        return end;
    }
    case ExpressionKind::TextThrough:
    case ExpressionKind::TextWithout:
        return freeText(expression, from);
    case ExpressionKind::List:
        return list(expression, from);
    }
    return from;
}

State Builder::literal(const std::string& text, State from) {
    for (const char c : text) {
        const State next = add();
        bytes(from, std::uint8_t(c), std::uint8_t(c), next);
        from = next;
    }
    return from;
}

State Builder::characters(const std::vector<CodeRange>& ranges, State from) {
    const State end = add();
    // What can follow is shared by all characters that end in the same way.
    std::map<std::vector<ByteRange>, State> tails;
    tails[{}] = end;
    for (const CodeRange& range : ranges) {
        for (const ByteRanges& part : utf8Ranges(range)) {
            State next = end;
            std::vector<ByteRange> tail;
            for (int i = part.length - 1; i > 0; --i) {
                const ByteRange byte = part.bytes[std::size_t(i)];
                tail.insert(tail.begin(), byte);
                const auto [known, added] = tails.try_emplace(tail, 0);
                if (added) {
                    known->second = add();
                    bytes(known->second, byte.first, byte.last, next);
                }
                next = known->second;
            }
            bytes(from, part.bytes[0].first, part.bytes[0].last, next);
            if (m_full)
                return end;
        }
    }
    return end;
}

State Builder::alternatives(const Expression& expression, State from) {
    const State end = add();
    for (const ExpressionId child : expression.children)
        empty(this->expression(child, from), end);
    return end;
}

State Builder::repeat(const Expression& expression, State from) {
    const ExpressionId child = expression.children.front();
    const bool isLong = std::max(expression.min, expression.max) >= kLongRepeat;
    m_longRepeats += isLong ? 1 : 0;
    std::vector<State> starts;
    State at = copies(child, expression.min, from, std::nullopt, starts);
    if (expression.max == kUnbounded) {
        const State loop = add();
        empty(at, loop);
        empty(this->expression(child, loop), loop);
        at = loop;
    } else {
        const State end = add();
        empty(copies(child, expression.max - expression.min, at, end, starts), end);
        at = end;
    }
    m_longRepeats -= isLong ? 1 : 0;
    if (isLong && m_longRepeats == 0 && !m_full && !mayBeEmpty(child))
        markAliases(starts, expression.min, expression.max);
    return at;
}

State Builder::copies(ExpressionId child, std::int32_t count, State from,
                      std::optional<State> exit, std::vector<State>& starts) {
    for (std::int32_t i = 0; i < count && !m_full; ++i) {
        const State start = add();
        empty(from, start);
        if (exit)
            empty(start, *exit);
        starts.push_back(start);
        from = expression(child, start);
    }
    return from;
}

/// Copy `c` still needs min - c and still allows max - c; where both are out of reach, the first
/// such copy stands in. All copies are built alike, so their states correspond by offset.
void Builder::markAliases(const std::vector<State>& starts, std::int32_t min, std::int32_t max) {
    const auto total = std::int32_t(starts.size());
    for (std::int32_t copy = 0; copy + 1 < total; ++copy) {
        std::int32_t standIn = copy;
        if (min - copy > kAliasReach)
            standIn = 0;
        else if (copy >= min && max != kUnbounded && max - copy > kAliasReach)
            standIn = min;
        if (standIn == copy)
            continue;
        const State size = starts[std::size_t(copy) + 1] - starts[std::size_t(copy)];
        const State other = starts[std::size_t(standIn)];
        // The last required copy is followed by the state that closes the repeat.
        if (starts[std::size_t(standIn) + 1] - other != size)
            continue;
        for (State offset = 0; offset < size; ++offset)
            m_nfa.alias[starts[std::size_t(copy)] + offset] = other + offset;
    }
}

/// Knuth, Morris and Pratt's automaton: a state for each length of `bytes` that the text ends in.
State Builder::freeText(const Expression& expression, State from) {
    const std::string& word = expression.bytes;
    const bool through = expression.kind == ExpressionKind::TextThrough;
    std::vector<State> states;
    for (std::size_t i = 0; i < word.size(); ++i)
        states.push_back(add());
    const State end = add();
    if (m_full)
        return end;
    empty(from, states.front());
    std::vector<std::size_t> fallback(word.size() + 1, 0);
    const auto next = [&](std::size_t length, char c) {
        while (length > 0 && word[length] != c)
            length = fallback[length];
        return word[length] == c ? length + 1 : 0;
    };
    for (std::size_t length = 0; length < word.size(); ++length) {
        if (length > 0)
            fallback[length + 1] = next(fallback[length], word[length]);
        for (int c = 0; c < 256; ++c) {
            const std::size_t reached = next(length, char(c));
            const auto byte = std::uint8_t(c);
            if (reached < word.size())
                bytes(states[length], byte, byte, states[reached]);
            else if (through)
                bytes(states[length], byte, byte, end);
        }
        if (!through)
            empty(states[length], end);
    }
    return end;
}

/// Two chains: nothing chosen yet, and something chosen, so that a separator has to come first.
State Builder::list(const Expression& expression, State from) {
    State none = from;
    std::optional<State> some;
    for (std::size_t i = 0; i < expression.children.size() && !m_full; ++i) {
        const ExpressionId item = expression.children[i];
        const ItemUse use = expression.uses[i];
        const State after = add();
        if (some) {
            const State entry = add();
            empty(*some, entry);
            empty(this->expression(item, this->expression(expression.separator, entry)), after);
            if (use != ItemUse::Required)
                empty(entry, after);
            if (use == ItemUse::Repeated)
                empty(after, entry);
        }
        if (none != State(-1)) {
            const State first = this->expression(item, none);
            empty(first, after);
            if (use == ItemUse::Repeated && !some) {
                const State again =
                    this->expression(item, this->expression(expression.separator, after));
                empty(again, after);
            }
        }
        if (use == ItemUse::Required)
            none = State(-1);
        some = after;
    }
    const State end = add();
    if (some)
        empty(*some, end);
    return end;
}

bool Builder::mayBeEmpty(ExpressionId id) const {
    const Expression& expression = m_grammar.expression(id);
    const auto isEmpty = [this](ExpressionId child) { return mayBeEmpty(child); };
    switch (expression.kind) {
    case ExpressionKind::Bytes:
        return expression.bytes.empty();
    case ExpressionKind::Characters:
    case ExpressionKind::TextThrough:
        return false;
    case ExpressionKind::Sequence:
        return std::all_of(expression.children.begin(), expression.children.end(), isEmpty);
    case ExpressionKind::Alternatives:
        return std::any_of(expression.children.begin(), expression.children.end(), isEmpty);
    case ExpressionKind::Repeat:
        return expression.min == 0 || mayBeEmpty(expression.children.front());
    case ExpressionKind::Call:
    case ExpressionKind::TextWithout:
        return true;
    case ExpressionKind::List:
        return std::any_of(expression.children.begin(), expression.children.end(), isEmpty);
    }
    return true;
}

} // namespace

Result<Nfa> buildNfa(const Grammar& grammar, RuleId rule, Budget& budget) {
    return Builder(grammar, budget).build(rule);
}

Failure tooLarge(const char* what) {
    Error error;
    error.code = ErrorCode::Unsupported;
    error.field = "grammar";
    error.detail = std::string("it is too large: too many ") + what;
    return fail(std::move(error));
}

} // namespace hearth::grammar
