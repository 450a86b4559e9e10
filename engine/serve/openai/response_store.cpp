#include "serve/openai/response_store.h"

#include <utility>

namespace hearth::serve {

std::size_t StoredResponse::bytes() const {
    std::size_t total = sizeof(*this) + body.size();
    for (const ResponseItem& item : items)
        total += sizeof(item) + item.content.size() + item.arguments.size() + item.name.size();
    return total;
}

void ResponseStore::put(const std::string& id, StoredResponse response, Clock::time_point now) {
    const std::size_t bytes = response.bytes();
    if (bytes > kMaxBytes)
        return;
    const std::lock_guard lock(m_mutex);
    m_entries[id] = {std::make_shared<const StoredResponse>(std::move(response)), now};
    m_order.push_back(id);
    m_bytes += bytes;
    while (m_entries.size() > kMaxEntries || m_bytes > kMaxBytes ||
           m_order.size() > 2 * kMaxEntries)
        dropOldest();
    while (!m_order.empty()) {
        const auto oldest = m_entries.find(m_order.front());
        if (oldest != m_entries.end() && now - oldest->second.at <= kTime)
            break;
        dropOldest();
    }
}

std::shared_ptr<const StoredResponse>
ResponseStore::find(const std::string& id, const std::string& owner, Clock::time_point now) {
    const std::lock_guard lock(m_mutex);
    const auto entry = m_entries.find(id);
    if (entry == m_entries.end() || entry->second.response->owner != owner ||
        now - entry->second.at > kTime)
        return nullptr;
    return entry->second.response;
}

bool ResponseStore::erase(const std::string& id, const std::string& owner) {
    const std::lock_guard lock(m_mutex);
    const auto entry = m_entries.find(id);
    if (entry == m_entries.end() || entry->second.response->owner != owner)
        return false;
    remove(entry);
    return true;
}

void ResponseStore::dropOldest() {
    const auto entry = m_entries.find(m_order.front());
    m_order.pop_front();
    if (entry != m_entries.end())
        remove(entry);
}

void ResponseStore::remove(std::map<std::string, Entry>::iterator entry) {
    m_bytes -= entry->second.response->bytes();
    m_entries.erase(entry);
}

} // namespace hearth::serve
