#include "serve/api/event_stream.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

void EventStream::open() {
    if (std::exchange(m_open, true))
        return;
    m_exchange->beginStream(200, "text/event-stream; charset=utf-8");
}

void EventStream::data(std::string_view data) {
    m_buffer.append("data: ").append(data).append("\n\n");
}

void EventStream::event(std::string_view name, std::string_view data) {
    m_buffer.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
}

void EventStream::comment(std::string_view text) {
    std::string line(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::replace(line.begin(), line.end(), '\r', ' ');
    m_buffer.append(": ").append(line).append("\n\n");
}

void EventStream::flush() {
    if (m_buffer.empty())
        return;
    open();
    m_exchange->write(std::exchange(m_buffer, {}));
}

void EventStream::end() {
    flush();
    open();
    m_exchange->end();
}

} // namespace hearth::serve
