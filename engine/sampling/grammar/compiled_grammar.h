#pragma once

#include "sampling/grammar/automaton.h"
#include "sampling/grammar/token_trie.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace hearth::grammar {

/// Positions that making one mask may look at: about a tenth of a second. Grammars in which a text
/// has hundreds of readings would have every other reply wait.
inline constexpr std::uint64_t kMaxMaskWork = 8'000'000;

/// Which tokens a state of an automaton accepts, whatever called its rule; and which it may accept,
/// depending on that, because the rule ends inside of them (XGrammar, Dong et al. 2024, section 3).
struct StateMask {
    bool isTooComplex = false; ///< Given up; nothing else is set then.
    std::vector<std::uint32_t> bits; ///< Over the vocabulary; empty where `ids` is shorter.
    std::vector<std::int32_t> ids;
    TokenTrie uncertain;
};

/// Masks of one rule's states, made as they are asked for. Any thread.
class RuleMasks {
public:
    explicit RuleMasks(std::size_t states) : m_masks(states) {}
    ~RuleMasks();
    RuleMasks(const RuleMasks&) = delete;
    RuleMasks& operator=(const RuleMasks&) = delete;

    [[nodiscard]] const StateMask* find(std::size_t state) const {
        return m_masks[state].load(std::memory_order_acquire);
    }
    /// Keeps `mask` unless another thread was faster; gives the one that stays.
    const StateMask& keep(std::size_t state, std::unique_ptr<StateMask> mask);

private:
    std::vector<std::atomic<const StateMask*>> m_masks;
};

/// The tokens that constraints choose from, and masks of rules that many grammars have (strings,
/// numbers). Any thread.
class TokenTable {
public:
    /// `width`: of the model's logits; ids at or above it are left out. `ends`: tokens that end a
    /// reply, which must not be among `tokens`. Keeps no views of the texts.
    TokenTable(std::vector<TokenBytes> tokens, std::vector<std::int32_t> ends, std::int32_t width);

    [[nodiscard]] const TokenTrie& trie() const { return m_trie; }
    [[nodiscard]] std::span<const std::int32_t> ends() const { return m_ends; }
    [[nodiscard]] std::size_t words() const { return (std::size_t(m_width) + 31) / 32; }
    /// Empty for tokens that stand for no text.
    [[nodiscard]] std::string_view bytes(std::int32_t token) const;
    /// Masks under a rule's Automaton::contentKey(), which is not empty.
    [[nodiscard]] std::shared_ptr<RuleMasks> sharedMasks(const std::string& key,
                                                         std::size_t states) const;

private:
    std::int32_t m_width;
    TokenTrie m_trie;
    std::vector<std::int32_t> m_ends;
    std::string m_bytes;
    std::vector<std::uint32_t> m_offsets; ///< Into m_bytes, by token.
    mutable std::mutex m_mutex;
    mutable std::map<std::string, std::shared_ptr<RuleMasks>> m_shared;
};

/// A grammar for one vocabulary: the automaton, and which tokens its states accept, found out as
/// they are reached. Any thread.
class CompiledGrammar {
public:
    CompiledGrammar(Automaton automaton, std::shared_ptr<const TokenTable> table);

    [[nodiscard]] const Automaton& automaton() const { return m_automaton; }
    [[nodiscard]] const TokenTable& table() const { return *m_table; }
    /// Takes milliseconds when a state is first asked for, by whomever: `work` gets what it took,
    /// in positions.
    [[nodiscard]] const StateMask& mask(StateId state, std::uint64_t& work) const;

private:
    [[nodiscard]] std::unique_ptr<StateMask> classify(StateId state, bool isStandIn,
                                                      std::uint64_t& work) const;

    Automaton m_automaton;
    std::shared_ptr<const TokenTable> m_table;
    std::vector<std::shared_ptr<RuleMasks>> m_masks; ///< By rule.
    std::vector<bool> m_standsIn;                    ///< By state: others have it as alias.
};

} // namespace hearth::grammar
