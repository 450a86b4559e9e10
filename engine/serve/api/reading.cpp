#include "serve/api/reading.h"

namespace hearth::serve {

void Reading::add(std::string_view type, std::string message) {
    ++m_count;
    if (!full())
        m_errors.push_back({m_location, std::move(message), std::string(type)});
}

void Reading::need(const char* field, bool isThere) {
    if (isThere)
        return;
    const Step step(*this, std::string(field));
    add("missing", "Field required");
}

} // namespace hearth::serve
