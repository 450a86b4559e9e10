#pragma once

#include "sampling/grammar/compiled_grammar.h"
#include "sampling/grammar/pushdown.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace hearth::grammar {

/// How far one reply has got in its grammar. For one thread at a time.
class Matcher {
public:
    explicit Matcher(std::shared_ptr<const CompiledGrammar> grammar);

    /// Goes on by a token. False, and nothing changes, if the grammar does not allow it. A token
    /// that ends replies is taken where the text is complete.
    [[nodiscard]] bool accept(std::int32_t token);
    /// The same for a text.
    [[nodiscard]] bool acceptBytes(std::string_view bytes);

    /// Whether acceptBytes() would take the text.
    [[nodiscard]] bool allows(std::string_view bytes);

    /// Sets the bits of the tokens that accept() would take and clears the others. `mask` has
    /// TokenTable::words() words. Microseconds once the states were met before. False, and no bit,
    /// where so many readings are open that it would take longer than a step may wait.
    bool fillMask(std::span<std::uint32_t> mask);

    /// The text may end here.
    [[nodiscard]] bool isComplete() const { return m_now.returns(); }
    /// Nothing can follow.
    [[nodiscard]] bool isOver() const { return m_now.top().empty(); }

private:
    /// False once the pushdown's work is beyond `limit`.
    bool addUncertain(Position position, const TokenTrie& tokens, std::span<std::uint32_t> mask,
                      std::uint64_t limit);

    std::shared_ptr<const CompiledGrammar> m_grammar;
    Pushdown m_pushdown;
    PositionSets m_now;     ///< One set, or more while a token is read.
    PositionSets m_scratch; ///< Of addUncertain().
};

} // namespace hearth::grammar
