#include "text/jinja/tainted_text.h"

#include <algorithm>

namespace hearth::jinja {

namespace {

/// The first range that ends behind `position`.
auto firstBehind(const std::vector<Text::Range>& ranges, std::size_t position) {
    return std::upper_bound(
        ranges.begin(), ranges.end(), position,
        [](std::size_t value, const Text::Range& range) { return value < range.end; });
}

} // namespace

Text::Text(std::string bytes, Trust trust)
    : m_bytes(std::move(bytes)) {
    if (trust == Trust::Untrusted)
        addRange(0, m_bytes.size());
}

Trust Text::trustAt(std::size_t position) const {
    const auto range = firstBehind(m_untrusted, position);
    return range != m_untrusted.end() && range->begin <= position ? Trust::Untrusted
                                                                  : Trust::Trusted;
}

Text Text::slice(std::size_t begin, std::size_t end) const {
    Text part;
    part.append(*this, begin, end);
    return part;
}

void Text::append(std::string_view bytes, Trust trust) {
    const std::size_t begin = m_bytes.size();
    m_bytes.append(bytes);
    if (trust == Trust::Untrusted)
        addRange(begin, m_bytes.size());
}

void Text::append(const Text& other) {
    append(other, 0, other.size());
}

void Text::append(const Text& other, std::size_t begin, std::size_t end) {
    const std::size_t base = m_bytes.size();
    m_bytes.append(other.m_bytes, begin, end - begin);
    for (auto range = firstBehind(other.m_untrusted, begin);
         range != other.m_untrusted.end() && range->begin < end; ++range)
        addRange(base + std::max(range->begin, begin) - begin,
                 base + std::min(range->end, end) - begin);
}

void Text::clear() {
    m_bytes.clear();
    m_untrusted.clear();
}

void Text::addRange(std::size_t begin, std::size_t end) {
    if (begin == end)
        return;
    if (!m_untrusted.empty() && m_untrusted.back().end == begin)
        m_untrusted.back().end = end;
    else
        m_untrusted.push_back({begin, end});
}

void TextBuilder::repeat(const Text& filler, std::size_t count) {
    if (filler.size() == 0)
        return;
    if (count > m_budget.limits().maxBuiltBytes / filler.size())
        throw TemplateError("the template builds too much text or too long lists");
    m_budget.build(count * filler.size());
    for (std::size_t i = 0; i < count; ++i)
        m_text.append(filler);
}

} // namespace hearth::jinja
