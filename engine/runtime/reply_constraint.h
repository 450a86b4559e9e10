#pragma once

#include "hearth/request.h"
#include "sampling/grammar/matcher.h"
#include "text/tokenizer.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hearth {

/// The tokens that replies of a model can be held to: all but special ones.
[[nodiscard]] std::shared_ptr<const grammar::TokenTable>
tokenTable(const Tokenizer& tokenizer, const std::vector<std::int32_t>& endTokens,
           std::int32_t vocabulary);

/// Ids of the special tokens that a request wants to see, sorted. Unknown names are left out.
[[nodiscard]] std::vector<std::int32_t> visibleTokens(const Tokenizer& tokenizer,
                                                      const Request& request);

/// Holds one reply to its constraint. The engine thread says which token was drawn; which ones may
/// follow is worked out by whoever comes first, a worker while the model computes or the engine
/// thread when it needs to know.
class ReplyConstraint {
public:
    /// `tokenizer` must outlive it.
    ReplyConstraint(std::shared_ptr<const grammar::CompiledGrammar> grammar,
                    const Tokenizer& tokenizer, const Request& request);

    /// Engine thread: goes on by a token, after which a mask is wanted. False if nothing can
    /// follow.
    [[nodiscard]] bool advance(std::int32_t token);
    /// Engine thread: the tokens that may be drawn next, valid until advance(). Throws
    /// std::bad_alloc where the worker had no memory.
    [[nodiscard]] std::span<const std::uint32_t> allowed();
    /// Engine thread, after allowed() gave no token: because that would take too long to find out.
    [[nodiscard]] bool isTooComplex() const { return m_isTooComplex; }
    /// Any thread: makes the mask if it is wanted and nobody is at it. Does not throw.
    void work() noexcept;

private:
    enum class State : std::uint8_t { Wanted, Working, Ready, Failed };
    struct Special {
        std::int32_t token = 0;
        std::string text;
    };

    void fill();

    grammar::Matcher m_matcher;
    std::vector<Special> m_specials; ///< That stand for their names.
    std::vector<std::int32_t> m_banned; ///< Ends of replies, where they are to be ignored.
    std::vector<std::uint32_t> m_mask;
    bool m_isTooComplex = false; ///< Passed on by m_state, as the mask is.
    std::atomic<State> m_state = State::Wanted;
};

} // namespace hearth
