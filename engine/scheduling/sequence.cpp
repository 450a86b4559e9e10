#include "scheduling/sequence.h"

#include <algorithm>
#include <utility>

namespace hearth {

Sequence::Sequence(SequenceOptions options, std::uint64_t arrival, std::int32_t maxNewTokens)
    : m_options(std::move(options))
    , m_arrival(arrival)
    , m_promptTokens(std::int32_t(m_options.prompt.size()))
    , m_maxNewTokens(maxNewTokens)
    , m_tokens(std::move(m_options.prompt))
    , m_rank(std::int32_t(m_options.lane)) {
    m_options.prompt.clear();
    m_cache.crossTokens = m_options.crossTokens;
}

std::int32_t Sequence::remaining() const {
    if (m_draftsInFlight > 0)
        return 0;
    return std::max(0, std::min(expectedTokens(), cacheLimit()) - m_scheduled);
}

} // namespace hearth
