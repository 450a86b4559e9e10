#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hearth {

/// Byte strings with a value each, as a double array (Aoe, 1989): a step along a byte reads one
/// cell. Immutable after building: any thread may walk it.
class ByteTrie {
public:
    static constexpr std::uint32_t kRoot = 0;
    static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
    static constexpr std::int32_t kNone = -1;

    struct Entry {
        std::string_view key;
        std::int32_t value = 0; ///< Not negative.
    };

    ByteTrie() = default;
    /// Sorts `entries`; of equal keys the first in order of value counts. An empty key is ignored.
    explicit ByteTrie(std::vector<Entry> entries);

    /// The node that `byte` leads to, or kNowhere.
    [[nodiscard]] std::uint32_t step(std::uint32_t node, char byte) const {
        const std::uint32_t next = m_cells[node].base ^ static_cast<unsigned char>(byte);
        return m_cells[next].parent == node ? next : kNowhere;
    }
    /// The node that `text` leads to, or kNowhere.
    [[nodiscard]] std::uint32_t walk(std::uint32_t node, std::string_view text) const;
    [[nodiscard]] std::int32_t value(std::uint32_t node) const { return m_cells[node].value; }

private:
    class Builder;

    struct Cell {
        std::uint32_t base = 0; ///< Of the children: below the highest cell, so that any byte stays
                                ///< inside the array.
        std::uint32_t parent = kNowhere;
        std::int32_t value = kNone;
    };

    std::vector<Cell> m_cells = std::vector<Cell>(256);
};

} // namespace hearth
