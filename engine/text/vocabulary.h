#pragma once

#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hearth {

/// Strings by index, stored in one piece.
class StringTable {
public:
    void add(std::string_view text) {
        m_bytes.append(text);
        m_ends.push_back(m_bytes.size());
    }
    [[nodiscard]] std::size_t size() const { return m_ends.size(); }
    /// Valid while the table is neither changed nor destroyed.
    [[nodiscard]] std::string_view operator[](std::size_t index) const {
        const std::size_t begin = index == 0 ? 0 : m_ends[index - 1];
        return std::string_view(m_bytes).substr(begin, m_ends[index] - begin);
    }

private:
    std::string m_bytes;
    std::vector<std::size_t> m_ends;
};

/// Token texts and their ids, which need not be contiguous: an unused id has an empty text.
/// Immutable. Move-only, since the index refers to the texts.
class Vocabulary {
public:
    struct Entry {
        std::string_view text;
        std::int64_t id = 0;
    };

    /// Of several ids of one text find() gives the lowest.
    /// Errors: Corrupt naming the token for an id that is negative, given twice with different
    /// texts, or far above the number of entries.
    static Result<Vocabulary> create(const std::vector<Entry>& entries);

    Vocabulary(Vocabulary&&) noexcept = default;
    Vocabulary& operator=(Vocabulary&&) noexcept = default;
    Vocabulary(const Vocabulary&) = delete;
    Vocabulary& operator=(const Vocabulary&) = delete;

    [[nodiscard]] std::size_t size() const { return m_texts->size(); }
    [[nodiscard]] bool contains(std::int64_t id) const {
        return id >= 0 && static_cast<std::uint64_t>(id) < size();
    }
    /// Empty if out of range.
    [[nodiscard]] std::string_view text(std::int32_t id) const {
        return contains(id) ? (*m_texts)[static_cast<std::size_t>(id)] : std::string_view();
    }
    [[nodiscard]] std::optional<std::int32_t> find(std::string_view text) const;

private:
    Vocabulary() = default;

    std::unique_ptr<StringTable> m_texts = std::make_unique<StringTable>();
    std::unordered_map<std::string_view, std::int32_t> m_ids;
};

} // namespace hearth
