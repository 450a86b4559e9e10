#include "text/utf8_stream.h"

#include "text/utf8.h"

namespace hearth {

std::string Utf8Stream::feed(std::string_view bytes) {
    m_pending.append(bytes);
    std::string_view rest = m_pending;
    std::string text;
    while (!rest.empty()) {
        const utf8::Sequence sequence = utf8::next(rest);
        if (sequence.state == utf8::SequenceState::Incomplete)
            break;
        text.append(sequence.state == utf8::SequenceState::Valid ? rest.substr(0, sequence.length)
                                                                 : utf8::kReplacement);
        rest.remove_prefix(sequence.length);
    }
    m_pending.erase(0, m_pending.size() - rest.size());
    return text;
}

std::string Utf8Stream::flush() {
    if (m_pending.empty())
        return {};
    m_pending.clear();
    return std::string(utf8::kReplacement);
}

} // namespace hearth
