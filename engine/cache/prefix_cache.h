#pragma once

#include "cache/block_pool.h"
#include "hearth/kernels/dtype.h"

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace hearth {

using TokenId = std::int32_t;

/// What KV depends on besides the tokens. Sequences share blocks only if their keys are equal.
struct PrefixKey {
    kernels::DType kvType = kernels::DType::F16;
    std::uint8_t kvBits = 16;
    std::uint64_t rope = 0;    ///< Names the rope parameters in use.
    std::uint64_t adapter = 0; ///< Names the adapter, 0: none.

    friend bool operator==(const PrefixKey&, const PrefixKey&) = default;
};

/// Tokens [first, first + count) stand for a piece of media, whose placeholders say nothing of
/// what it shows. A digest of 128 bits does.
struct MediaSpan {
    std::int32_t first = 0;
    std::int32_t count = 0;
    std::array<std::uint64_t, 2> digest{};

    friend bool operator==(const MediaSpan&, const MediaSpan&) = default;
};

/// Name of a known prefix: a key and a run of whole blocks of tokens.
using PrefixNode = std::int32_t;
inline constexpr PrefixNode kNoPrefix = -1;

/// Remembers which blocks hold the KV of which prefix: a tree whose roots are keys and whose
/// nodes are blocks of tokens, each with at most one block of every KV group. A child is found by
/// hash(parent, tokens, media), then its parent and tokens themselves are compared: as that holds
/// for each step from the root, equal nodes mean equal prefixes and a collision costs only time.
/// Owns no blocks; the pools decide which blocks live. A node lives while a block, a child or a
/// holder needs it. Used by the engine thread alone.
class PrefixCache {
public:
    /// `hashMask` is narrowed by tests to force collisions.
    PrefixCache(std::int32_t groups, std::int32_t blockTokens, std::uint64_t hashMask = ~0ULL);

    /// The empty prefix under a key, held until releaseHold().
    [[nodiscard]] PrefixNode holdRoot(const PrefixKey& key);
    /// The prefix one block longer, or kNoPrefix. `tokens` are those of the block, which begins at
    /// position `first` of its sequence.
    [[nodiscard]] PrefixNode find(PrefixNode parent, std::span<const TokenId> tokens,
                                  std::int32_t first, std::span<const MediaSpan> media) const;
    /// As find(), but makes the node if need be. Moves one hold from `parent` to the result.
    [[nodiscard]] PrefixNode advanceHold(PrefixNode parent, std::span<const TokenId> tokens,
                                         std::int32_t first, std::span<const MediaSpan> media);
    void hold(PrefixNode node) { ++nodeAt(node).users; }
    void releaseHold(PrefixNode node);

    [[nodiscard]] PrefixNode parent(PrefixNode node) const { return nodeAt(node).parent; }
    /// The block that holds the node's last tokens in a group, kNoBlock if none does.
    [[nodiscard]] BlockId block(PrefixNode node, std::int32_t group) const {
        return m_blocks[slot(node, group)];
    }
    /// Links a block to a node that has none in this group.
    void link(PrefixNode node, std::int32_t group, BlockId block);
    /// Unlinks a block that is about to be reused; does nothing for one that is not linked.
    void unlink(std::int32_t group, BlockId block);

    /// Nodes alive, roots included.
    [[nodiscard]] std::int32_t nodeCount() const {
        return std::int32_t(m_nodes.size() - m_unused.size());
    }

private:
    /// Part of a media span that lies in a block.
    struct MediaPart {
        std::int32_t begin = 0;  ///< First token of the block that it covers.
        std::int32_t end = 0;    ///< One behind its last.
        std::int32_t offset = 0; ///< Of that token in the media.
        std::array<std::uint64_t, 2> digest{};

        friend bool operator==(const MediaPart&, const MediaPart&) = default;
    };
    struct Node {
        PrefixNode parent = kNoPrefix;
        std::int32_t users = 0; ///< Blocks, children and holders.
        std::uint64_t hash = 0;
        std::vector<MediaPart> media;
        PrefixKey key; ///< Of a root.
    };

    [[nodiscard]] const Node& nodeAt(PrefixNode node) const { return m_nodes[std::size_t(node)]; }
    [[nodiscard]] Node& nodeAt(PrefixNode node) { return m_nodes[std::size_t(node)]; }
    [[nodiscard]] std::size_t slot(PrefixNode node, std::int32_t group) const {
        return std::size_t(node) * std::size_t(m_groups) + std::size_t(group);
    }
    [[nodiscard]] std::span<const TokenId> tokensOf(PrefixNode node) const;
    [[nodiscard]] std::vector<MediaPart> mediaParts(std::int32_t first,
                                                    std::span<const MediaSpan> media) const;
    [[nodiscard]] std::uint64_t hash(PrefixNode parent, std::span<const TokenId> tokens,
                                     std::span<const MediaPart> media) const;
    [[nodiscard]] PrefixNode find(PrefixNode parent, std::uint64_t hash,
                                  std::span<const TokenId> tokens,
                                  std::span<const MediaPart> media) const;
    [[nodiscard]] PrefixNode newNode();

    const std::int32_t m_groups;
    const std::int32_t m_blockTokens;
    const std::uint64_t m_hashMask;
    const std::uint64_t m_seed; ///< Random, so that nobody can prepare colliding prompts.
    std::vector<Node> m_nodes;
    std::vector<PrefixNode> m_unused;
    std::vector<TokenId> m_tokens;                      ///< [nodes, blockTokens]
    std::vector<BlockId> m_blocks;                      ///< [nodes, groups]
    std::vector<std::vector<PrefixNode>> m_nodeOfBlock; ///< [groups][blocks]
    std::unordered_multimap<std::uint64_t, PrefixNode> m_children;
    std::vector<PrefixNode> m_roots;
};

} // namespace hearth
