#include "text/vocabulary.h"

#include "base/field_failure.h"

#include <algorithm>

namespace hearth {

namespace {

// Room for ids that a vocabulary leaves unused; bounds the table by the size of its source.
constexpr std::int64_t kSpareIds = 65536;

Failure corruptEntry(const Vocabulary::Entry& entry, std::string detail) {
    return fieldFailure(ErrorCode::Corrupt,
                        "token \"" + std::string(entry.text.substr(0, 64)) + "\"",
                        std::move(detail));
}

} // namespace

Result<Vocabulary> Vocabulary::create(const std::vector<Entry>& entries) {
    const std::int64_t limit = static_cast<std::int64_t>(entries.size()) * 2 + kSpareIds;
    std::int64_t highest = -1;
    for (const Entry& entry : entries) {
        if (entry.id < 0 || entry.id >= limit)
            return corruptEntry(entry, "id " + std::to_string(entry.id) + " is out of range");
        highest = std::max(highest, entry.id);
    }
    std::vector<const Entry*> byId(static_cast<std::size_t>(highest + 1));
    for (const Entry& entry : entries) {
        const Entry*& place = byId[static_cast<std::size_t>(entry.id)];
        if (place != nullptr && place->text != entry.text)
            return corruptEntry(entry, "id " + std::to_string(entry.id) + " is given twice");
        place = &entry;
    }
    Vocabulary vocabulary;
    for (const Entry* entry : byId)
        vocabulary.m_texts->add(entry == nullptr ? std::string_view() : entry->text);
    vocabulary.m_ids.reserve(entries.size());
    for (std::size_t id = 0; id < byId.size(); ++id) {
        if (const std::string_view text = (*vocabulary.m_texts)[id]; !text.empty())
            vocabulary.m_ids.try_emplace(text, static_cast<std::int32_t>(id));
    }
    return vocabulary;
}

std::optional<std::int32_t> Vocabulary::find(std::string_view text) const {
    const auto found = m_ids.find(text);
    if (found == m_ids.end())
        return std::nullopt;
    return found->second;
}

} // namespace hearth
