#pragma once

#include "serve/openai/responses_body.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::serve {

/// An answer that a later request may go on from.
struct StoredResponse {
    std::string owner;               ///< Name of the key that asked; others do not find it.
    std::string body;                ///< The response object.
    std::vector<ResponseItem> items; ///< The conversation with the answer at its end.
    [[nodiscard]] std::size_t bytes() const;
};

/// Answers of the Responses API, in memory: the oldest go once there are too many or they take too
/// much, each after its time. Any thread.
class ResponseStore {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kMaxEntries = 4096;
    static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
    static constexpr std::chrono::hours kTime{6};

    void put(const std::string& id, StoredResponse response, Clock::time_point now = Clock::now());
    [[nodiscard]] std::shared_ptr<const StoredResponse>
    find(const std::string& id, const std::string& owner, Clock::time_point now = Clock::now());
    /// False if there was none.
    bool erase(const std::string& id, const std::string& owner);

private:
    struct Entry {
        std::shared_ptr<const StoredResponse> response;
        Clock::time_point at;
    };
    void dropOldest();
    void remove(std::map<std::string, Entry>::iterator entry);

    std::mutex m_mutex;
    std::map<std::string, Entry> m_entries;
    std::deque<std::string> m_order; ///< Oldest first; those that were erased may still be named.
    std::size_t m_bytes = 0;
};

} // namespace hearth::serve
