#include "sampling/grammar/matcher.h"

#include <algorithm>
#include <utility>

namespace hearth::grammar {

namespace {

void allow(std::span<const std::int32_t> tokens, std::span<std::uint32_t> mask) {
    for (const std::int32_t token : tokens)
        mask[std::size_t(token) / 32] |= std::uint32_t{1} << (token % 32);
}

} // namespace

Matcher::Matcher(std::shared_ptr<const CompiledGrammar> grammar)
    : m_grammar(std::move(grammar)), m_pushdown(m_grammar->automaton()) {
    m_pushdown.begin(m_now);
}

bool Matcher::accept(std::int32_t token) {
    const TokenTable& table = m_grammar->table();
    if (const auto ends = table.ends(); std::find(ends.begin(), ends.end(), token) != ends.end())
        return isComplete();
    const std::string_view bytes = table.bytes(token);
    return !bytes.empty() && acceptBytes(bytes);
}

bool Matcher::allows(std::string_view bytes) {
    bool isTaken = true;
    for (std::size_t i = 0; i < bytes.size() && isTaken; ++i)
        isTaken = m_pushdown.step(m_now, std::uint8_t(bytes[i]));
    m_now.shrink(1);
    return isTaken;
}

bool Matcher::acceptBytes(std::string_view bytes) {
    for (const char byte : bytes) {
        if (!m_pushdown.step(m_now, std::uint8_t(byte))) {
            m_now.shrink(1);
            return false;
        }
    }
    m_now.keepTop();
    return true;
}

bool Matcher::fillMask(std::span<std::uint32_t> mask) {
    std::fill(mask.begin(), mask.end(), 0U);
    const std::uint64_t limit = m_pushdown.work() + kMaxMaskWork;
    std::uint64_t classified = 0; // work on states that are met first
    for (const Position position : m_now.top()) {
        const StateMask& known = m_grammar->mask(position.state, classified);
        if (known.isTooComplex || classified > kMaxMaskWork ||
            !addUncertain(position, known.uncertain, mask, limit)) {
            std::fill(mask.begin(), mask.end(), 0U);
            return false;
        }
        for (std::size_t i = 0; i < known.bits.size(); ++i)
            mask[i] |= known.bits[i];
        allow(known.ids, mask);
    }
    if (isComplete())
        allow(m_grammar->table().ends(), mask);
    return true;
}

bool Matcher::addUncertain(Position position, const TokenTrie& tokens,
                           std::span<std::uint32_t> mask, std::uint64_t limit) {
    m_scratch.shrink(0);
    m_scratch.push();
    m_scratch.add(position);
    for (std::size_t i = 0; i < tokens.size();) {
        if (m_pushdown.work() > limit)
            return false;
        const TokenTrie::Node& node = tokens.node(i);
        m_scratch.shrink(node.depth);
        if (!m_pushdown.step(m_scratch, node.byte)) {
            i = node.skip;
            continue;
        }
        allow(tokens.tokens(i), mask);
        ++i;
    }
    return true;
}

} // namespace hearth::grammar
