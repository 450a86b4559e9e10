#include "serve/api/reading.h"

namespace hearth::serve {

void Reading::add(std::string_view type, std::string message) {
    ++m_count;
    if (!full())
        m_errors.push_back({m_location, std::move(message), std::string(type)});
}

} // namespace hearth::serve
