#include "runtime/reply_constraint.h"

#include <algorithm>
#include <new>
#include <utility>

namespace hearth {

std::shared_ptr<const grammar::TokenTable>
tokenTable(const Tokenizer& tokenizer, const std::vector<std::int32_t>& endTokens,
           std::int32_t vocabulary) {
    std::vector<grammar::TokenBytes> tokens;
    for (std::size_t i = 0; i < tokenizer.vocabularySize(); ++i) {
        const auto id = std::int32_t(i);
        const bool isEnd = std::find(endTokens.begin(), endTokens.end(), id) != endTokens.end();
        if (!isEnd && !tokenizer.isSpecial(id))
            tokens.push_back({tokenizer.tokenBytes(id), id});
    }
    return std::make_shared<grammar::TokenTable>(std::move(tokens), endTokens, vocabulary);
}

std::vector<std::int32_t> visibleTokens(const Tokenizer& tokenizer, const Request& request) {
    std::vector<std::string> names = request.visibleSpecials;
    if (!request.constraint.startAfter.empty())
        names.push_back(request.constraint.startAfter);
    std::vector<std::int32_t> tokens;
    for (const std::string& name : names)
        if (const auto id = tokenizer.tokenId(name); id && tokenizer.isSpecial(*id))
            tokens.push_back(*id);
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    return tokens;
}

ReplyConstraint::ReplyConstraint(std::shared_ptr<const grammar::CompiledGrammar> grammar,
                                 const Tokenizer& tokenizer, const Request& request)
    : m_matcher(grammar), m_mask(grammar->table().words()) {
    const auto ends = grammar->table().ends();
    if (request.ignoreEos)
        m_banned.assign(ends.begin(), ends.end());
    for (const std::int32_t token : visibleTokens(tokenizer, request))
        if (std::size_t(token) / 32 < m_mask.size() &&
            std::find(ends.begin(), ends.end(), token) == ends.end())
            m_specials.push_back({token, std::string(tokenizer.tokenBytes(token))});
}

bool ReplyConstraint::advance(std::int32_t token) {
    static_cast<void>(allowed());
    const auto special = std::find_if(m_specials.begin(), m_specials.end(),
                                      [token](const Special& s) { return s.token == token; });
    const bool isTaken = special == m_specials.end() ? m_matcher.accept(token)
                                                     : m_matcher.acceptBytes(special->text);
    if (!isTaken || m_matcher.isOver())
        return false;
    m_state.store(State::Wanted, std::memory_order_release);
    return true;
}

std::span<const std::uint32_t> ReplyConstraint::allowed() {
    work();
    State state = m_state.load(std::memory_order_acquire);
    for (; state == State::Working; state = m_state.load(std::memory_order_acquire))
        m_state.wait(State::Working, std::memory_order_acquire);
    if (state == State::Failed) {
        m_state.store(State::Wanted, std::memory_order_release);
        throw std::bad_alloc();
    }
    return m_mask;
}

void ReplyConstraint::work() noexcept {
    State wanted = State::Wanted;
    if (!m_state.compare_exchange_strong(wanted, State::Working, std::memory_order_acq_rel))
        return;
    State result = State::Ready;
    try {
        fill();
    } catch (...) {
        result = State::Failed;
    }
    // Before notify_all() looks for waiters, or one that came in between sleeps on.
    m_state.store(result, std::memory_order_seq_cst);
    m_state.notify_all();
}

void ReplyConstraint::fill() {
    if (!m_matcher.fillMask(m_mask)) {
        m_isTooComplex = true;
        return;
    }
    for (const std::int32_t token : m_banned)
        m_mask[std::size_t(token) / 32] &= ~(std::uint32_t{1} << (token % 32));
    for (const Special& special : m_specials)
        if (m_matcher.allows(special.text))
            m_mask[std::size_t(special.token) / 32] |= std::uint32_t{1} << (special.token % 32);
}

} // namespace hearth
