#include "text/byte_trie.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace hearth {

namespace {

constexpr std::uint32_t kBlock = 256;
constexpr std::uint32_t kOpenBlocks = 4; ///< Older blocks are full enough to be left alone.

} // namespace

/// Places the children of one node after the other into free cells of the newest blocks.
class ByteTrie::Builder {
public:
    explicit Builder(std::vector<Cell>& cells)
        : m_cells(cells)
        , m_used(cells.size())
        , m_free(1, kBlock) {
        use(kRoot);
    }

    void build(std::span<const Entry> sorted) {
        std::vector<Range> open{{sorted, 0, kRoot}};
        while (!open.empty()) {
            const Range range = open.back();
            open.pop_back();
            place(range, open);
        }
    }

private:
    struct Range { ///< Entries that share `depth` bytes, below `node`.
        std::span<const Entry> entries;
        std::size_t depth = 0;
        std::uint32_t node = 0;
    };

    void place(const Range& range, std::vector<Range>& open) {
        std::size_t i = 0;
        while (i < range.entries.size() && range.entries[i].key.size() == range.depth) {
            Cell& cell = m_cells[range.node];
            if (cell.value == kNone && range.node != kRoot)
                cell.value = range.entries[i].value;
            ++i;
        }
        std::array<unsigned char, kBlock> labels{};
        std::array<std::span<const Entry>, kBlock> parts;
        std::size_t count = 0;
        while (i < range.entries.size()) {
            const char byte = range.entries[i].key[range.depth];
            const std::size_t begin = i;
            while (i < range.entries.size() && range.entries[i].key[range.depth] == byte)
                ++i;
            labels[count] = static_cast<unsigned char>(byte);
            parts[count++] = range.entries.subspan(begin, i - begin);
        }
        if (count == 0)
            return;
        const std::uint32_t base = freeBase(std::span(labels).first(count));
        m_cells[range.node].base = base;
        for (std::size_t c = 0; c < count; ++c) {
            const std::uint32_t child = base ^ labels[c];
            use(child);
            m_cells[child].parent = range.node;
            open.push_back({parts[c], range.depth + 1, child});
        }
    }

    void use(std::uint32_t cell) {
        m_used[cell] = true;
        --m_free[cell / kBlock];
    }

    std::uint32_t freeBase(std::span<const unsigned char> labels) {
        const auto blocks = static_cast<std::uint32_t>(m_cells.size() / kBlock);
        for (std::uint32_t block = blocks > kOpenBlocks ? blocks - kOpenBlocks : 0; block < blocks;
             ++block) {
            if (m_free[block] < labels.size())
                continue;
            for (std::uint32_t low = 0; low < kBlock; ++low) {
                const std::uint32_t base = block * kBlock + low;
                if (std::none_of(labels.begin(), labels.end(),
                                 [&](unsigned char label) { return m_used[base ^ label]; }))
                    return base;
            }
        }
        m_cells.resize(m_cells.size() + kBlock);
        m_used.resize(m_cells.size());
        m_free.push_back(kBlock);
        return blocks * kBlock;
    }

    std::vector<Cell>& m_cells;
    std::vector<bool> m_used;
    std::vector<std::uint32_t> m_free; ///< By block.
};

ByteTrie::ByteTrie(std::vector<Entry> entries) {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.key, a.value) < std::tie(b.key, b.value);
    });
    Builder(m_cells).build(entries);
    m_cells.shrink_to_fit();
}

std::uint32_t ByteTrie::walk(std::uint32_t node, std::string_view text) const {
    for (const char byte : text) {
        node = step(node, byte);
        if (node == kNowhere)
            break;
    }
    return node;
}

} // namespace hearth
