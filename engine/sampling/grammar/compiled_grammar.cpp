#include "sampling/grammar/compiled_grammar.h"

#include "sampling/grammar/pushdown.h"

#include <algorithm>
#include <utility>

namespace hearth::grammar {

namespace {

/// Shared masks beyond this are not kept for later grammars.
constexpr std::size_t kMaxSharedRules = 256;

} // namespace

RuleMasks::~RuleMasks() {
    for (const auto& mask : m_masks)
        delete mask.load(std::memory_order_acquire);
}

const StateMask& RuleMasks::keep(std::size_t state, std::unique_ptr<StateMask> mask) {
    const StateMask* known = nullptr;
    if (m_masks[state].compare_exchange_strong(known, mask.get(), std::memory_order_acq_rel))
        return *mask.release();
    return *known;
}

TokenTable::TokenTable(std::vector<TokenBytes> tokens, std::vector<std::int32_t> ends,
                       std::int32_t width)
    : m_width(width), m_ends(std::move(ends)) {
    const auto isOutside = [width](std::int32_t id) { return id < 0 || id >= width; };
    std::erase_if(tokens, [&](const TokenBytes& token) { return isOutside(token.id); });
    std::erase_if(m_ends, isOutside);
    std::sort(tokens.begin(), tokens.end(),
              [](const TokenBytes& a, const TokenBytes& b) { return a.id < b.id; });
    m_offsets.assign(std::size_t(width) + 1, 0);
    for (const TokenBytes& token : tokens)
        m_offsets[std::size_t(token.id) + 1] = std::uint32_t(token.bytes.size());
    for (std::size_t i = 1; i < m_offsets.size(); ++i)
        m_offsets[i] += m_offsets[i - 1];
    for (const TokenBytes& token : tokens)
        m_bytes.append(token.bytes);
    m_trie = TokenTrie(std::move(tokens));
}

std::string_view TokenTable::bytes(std::int32_t token) const {
    if (token < 0 || token >= m_width)
        return {};
    const std::uint32_t begin = m_offsets[std::size_t(token)];
    return std::string_view(m_bytes).substr(begin, m_offsets[std::size_t(token) + 1] - begin);
}

std::shared_ptr<RuleMasks> TokenTable::sharedMasks(const std::string& key,
                                                   std::size_t states) const {
    const std::scoped_lock lock(m_mutex);
    if (const auto found = m_shared.find(key); found != m_shared.end())
        return found->second;
    auto masks = std::make_shared<RuleMasks>(states);
    if (m_shared.size() < kMaxSharedRules)
        m_shared.emplace(key, masks);
    return masks;
}

CompiledGrammar::CompiledGrammar(Automaton automaton, std::shared_ptr<const TokenTable> table)
    : m_automaton(std::move(automaton)), m_table(std::move(table))
    , m_standsIn(m_automaton.stateCount(), false) {
    for (RuleId rule = 0; rule < m_automaton.ruleCount(); ++rule) {
        const std::size_t states = m_automaton.ruleEnd(rule) - m_automaton.ruleStart(rule);
        const std::string key = m_automaton.contentKey(rule);
        m_masks.push_back(key.empty() ? std::make_shared<RuleMasks>(states)
                                      : m_table->sharedMasks(key, states));
    }
    for (StateId state = 0; state < m_automaton.stateCount(); ++state)
        if (m_automaton.alias(state) != state)
            m_standsIn[m_automaton.alias(state)] = true;
}

const StateMask& CompiledGrammar::mask(StateId state, std::uint64_t& work) const {
    state = m_automaton.alias(state);
    const RuleId rule = m_automaton.state(state).rule;
    const std::size_t index = state - m_automaton.ruleStart(rule);
    if (const StateMask* const known = m_masks[rule]->find(index))
        return *known;
    return m_masks[rule]->keep(index, classify(state, m_standsIn[state], work));
}

std::unique_ptr<StateMask> CompiledGrammar::classify(StateId state, bool isStandIn,
                                                     std::uint64_t& work) const {
    const TokenTrie& trie = m_table->trie();
    TokenTrie::Picker uncertain(trie);
    std::vector<std::int32_t> accepted;
    std::vector<std::uint32_t> path;
    std::size_t returned = SIZE_MAX; ///< The depth at which the rule first ended.
    Pushdown pushdown(m_automaton);
    PositionSets sets;
    sets.push();
    sets.add({state, Pushdown::kOutermost});
    for (std::size_t i = 0; i < trie.size();) {
        if (pushdown.work() > kMaxMaskWork) {
            auto given = std::make_unique<StateMask>();
            given->isTooComplex = true;
            work += pushdown.work();
            return given;
        }
        const TokenTrie::Node& node = trie.node(i);
        const std::size_t depth = node.depth;
        path.resize(depth - 1);
        path.push_back(std::uint32_t(i));
        sets.shrink(std::min(sets.depth(), depth));
        if (returned >= depth)
            returned = SIZE_MAX;
        const bool isReachable = sets.depth() == depth && pushdown.step(sets, node.byte);
        const bool mayEscape = returned < depth;
        const auto tokens = trie.tokens(i);
        if (!isReachable && !mayEscape) {
            i = node.skip;
            continue;
        }
        // Nothing is known of what follows the rule's end, nor behind a stand-in's reach.
        const bool isAtReach = isStandIn && depth == std::size_t(kAliasReach);
        if (isReachable && !mayEscape && (sets.returns() || isAtReach))
            returned = depth;
        const bool isBeyond = isStandIn && depth > std::size_t(kAliasReach);
        if (!tokens.empty()) {
            if (isReachable && !isBeyond)
                accepted.insert(accepted.end(), tokens.begin(), tokens.end());
            else
                uncertain.pick(path);
        }
        ++i;
    }
    work += pushdown.work();
    auto mask = std::make_unique<StateMask>();
    mask->uncertain = uncertain.finish();
    if (accepted.size() <= m_table->words()) {
        mask->ids = std::move(accepted);
        mask->ids.shrink_to_fit();
    } else {
        mask->bits.assign(m_table->words(), 0);
        for (const std::int32_t id : accepted)
            mask->bits[std::size_t(id) / 32] |= std::uint32_t{1} << (id % 32);
    }
    return mask;
}

} // namespace hearth::grammar
