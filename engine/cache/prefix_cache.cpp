#include "cache/prefix_cache.h"

#include <algorithm>
#include <random>
#include <utility>

namespace hearth {

namespace {

/// Folds one number into a hash: a 64 × 64-bit product, high half over low half.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL;
    const auto product = static_cast<unsigned __int128>(hash ^ value ^ kOdd) *
                         (0xD6E8FEB86659FD93ULL ^ (value << 32));
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t randomSeed() {
    std::random_device device;
    return std::uint64_t(device()) << 32 | device();
}

} // namespace

PrefixCache::PrefixCache(std::int32_t groups, std::int32_t blockTokens, std::uint64_t hashMask)
    : m_groups(groups)
    , m_blockTokens(blockTokens)
    , m_hashMask(hashMask)
    , m_seed(randomSeed())
    , m_nodeOfBlock(std::size_t(groups)) {
}

PrefixNode PrefixCache::holdRoot(const PrefixKey& key) {
    const auto known = std::find_if(m_roots.begin(), m_roots.end(),
                                    [&](PrefixNode root) { return nodeAt(root).key == key; });
    if (known != m_roots.end()) {
        hold(*known);
        return *known;
    }
    const PrefixNode root = newNode();
    nodeAt(root).key = key;
    m_roots.push_back(root);
    hold(root);
    return root;
}

PrefixNode PrefixCache::find(PrefixNode parent, std::span<const TokenId> tokens, std::int32_t first,
                             std::span<const MediaSpan> media) const {
    const std::vector<MediaPart> parts = mediaParts(first, media);
    return find(parent, hash(parent, tokens, parts), tokens, parts);
}

PrefixNode PrefixCache::advanceHold(PrefixNode parent, std::span<const TokenId> tokens,
                                    std::int32_t first, std::span<const MediaSpan> media) {
    std::vector<MediaPart> parts = mediaParts(first, media);
    const std::uint64_t key = hash(parent, tokens, parts);
    PrefixNode child = find(parent, key, tokens, parts);
    if (child == kNoPrefix) {
        child = newNode();
        Node& node = nodeAt(child);
        node.parent = parent;
        node.hash = key;
        node.media = std::move(parts);
        std::copy(tokens.begin(), tokens.end(),
                  m_tokens.begin() + std::ptrdiff_t(child) * m_blockTokens);
        m_children.emplace(key, child);
        hold(parent);
    }
    hold(child);
    releaseHold(parent);
    return child;
}

void PrefixCache::releaseHold(PrefixNode node) {
    while (node != kNoPrefix && --nodeAt(node).users == 0) {
        const PrefixNode parent = nodeAt(node).parent;
        if (parent == kNoPrefix) {
            std::erase(m_roots, node);
        } else {
            auto [begin, end] = m_children.equal_range(nodeAt(node).hash);
            m_children.erase(
                std::find_if(begin, end, [&](const auto& entry) { return entry.second == node; }));
        }
        nodeAt(node) = Node();
        m_unused.push_back(node);
        node = parent;
    }
}

void PrefixCache::link(PrefixNode node, std::int32_t group, BlockId block) {
    std::vector<PrefixNode>& nodes = m_nodeOfBlock[std::size_t(group)];
    if (nodes.size() <= std::size_t(block))
        nodes.resize(std::size_t(block) + 1, kNoPrefix);
    nodes[std::size_t(block)] = node;
    m_blocks[slot(node, group)] = block;
    hold(node);
}

void PrefixCache::unlink(std::int32_t group, BlockId block) {
    std::vector<PrefixNode>& nodes = m_nodeOfBlock[std::size_t(group)];
    if (std::size_t(block) >= nodes.size() || nodes[std::size_t(block)] == kNoPrefix)
        return;
    const PrefixNode node = std::exchange(nodes[std::size_t(block)], kNoPrefix);
    m_blocks[slot(node, group)] = kNoBlock;
    releaseHold(node);
}

std::span<const TokenId> PrefixCache::tokensOf(PrefixNode node) const {
    return std::span(m_tokens).subspan(std::size_t(node) * std::size_t(m_blockTokens),
                                       std::size_t(m_blockTokens));
}

std::vector<PrefixCache::MediaPart>
PrefixCache::mediaParts(std::int32_t first, std::span<const MediaSpan> media) const {
    std::vector<MediaPart> parts;
    for (const MediaSpan& span : media) {
        const std::int32_t begin = std::max(span.first, first);
        const std::int32_t end = std::min(span.first + span.count, first + m_blockTokens);
        if (begin < end)
            parts.push_back({begin - first, end - first, begin - span.first, span.digest});
    }
    return parts;
}

std::uint64_t PrefixCache::hash(PrefixNode parent, std::span<const TokenId> tokens,
                                std::span<const MediaPart> media) const {
    std::uint64_t value = mix(m_seed, std::uint64_t(parent));
    for (const TokenId token : tokens)
        value = mix(value, std::uint64_t(std::uint32_t(token)));
    for (const MediaPart& part : media)
        value = mix(mix(value, part.digest[0]), part.digest[1]);
    return value & m_hashMask;
}

PrefixNode PrefixCache::find(PrefixNode parent, std::uint64_t hash, std::span<const TokenId> tokens,
                             std::span<const MediaPart> media) const {
    const auto [begin, end] = m_children.equal_range(hash);
    const auto child = std::find_if(begin, end, [&](const auto& entry) {
        const Node& node = nodeAt(entry.second);
        return node.parent == parent && std::ranges::equal(tokensOf(entry.second), tokens) &&
               std::ranges::equal(node.media, media);
    });
    return child == end ? kNoPrefix : child->second;
}

PrefixNode PrefixCache::newNode() {
    if (!m_unused.empty()) {
        const PrefixNode node = m_unused.back();
        m_unused.pop_back();
        return node;
    }
    const auto node = PrefixNode(m_nodes.size());
    m_nodes.emplace_back();
    m_tokens.resize(m_tokens.size() + std::size_t(m_blockTokens));
    m_blocks.resize(m_blocks.size() + std::size_t(m_groups), kNoBlock);
    return node;
}

} // namespace hearth
