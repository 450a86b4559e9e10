#pragma once

#include "serve/api/api_error.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// The reading of one body: where it is, and what was wrong so far. Of one thread.
class Reading {
public:
    /// More errors are not collected: a body may hold a million of them.
    static constexpr std::size_t kMaxErrors = 64;

    /// Steps into a member or an item for as long as it lives.
    class Step {
    public:
        Step(Reading& reading, LocationPart part)
            : m_reading(reading) {
            reading.m_location.push_back(std::move(part));
        }
        ~Step() { m_reading.m_location.pop_back(); }
        Step(const Step&) = delete;
        Step& operator=(const Step&) = delete;

    private:
        Reading& m_reading;
    };

    /// `type` and `message` as FastAPI's.
    void add(std::string_view type, std::string message);
    /// An error of the member `field` unless it is there.
    void need(const char* field, bool isThere);
    [[nodiscard]] bool full() const { return m_errors.size() >= kMaxErrors; }
    [[nodiscard]] std::size_t count() const { return m_count; } ///< Those not kept included.
    [[nodiscard]] bool failed() const { return m_count > 0; }
    [[nodiscard]] std::vector<FieldError> takeErrors() { return std::move(m_errors); }

private:
    std::vector<LocationPart> m_location;
    std::vector<FieldError> m_errors;
    std::size_t m_count = 0;
};

} // namespace hearth::serve
