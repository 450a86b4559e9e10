#pragma once

#include "serve/http/exchange.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hearth::serve {

/// Server-sent events (WHATWG HTML, 9.2) as the answer of an exchange. Collects what is written
/// until flush(), so that the events of one step leave in one piece. Used on the exchange's
/// executor alone.
class EventStream {
public:
    explicit EventStream(std::shared_ptr<Exchange> exchange)
        : m_exchange(std::move(exchange)) {}

    /// Sends the headers, once; the others do so where it was not done.
    void open();
    [[nodiscard]] bool isOpen() const { return m_open; }

    /// An event without a name. `data` is JSON, or another text without line ends.
    void data(std::string_view data);
    void event(std::string_view name, std::string_view data);
    /// What clients skip: keeps the connection alive. Line ends in it become blanks.
    void comment(std::string_view text);
    void flush();
    void end();
    /// Instead of a stream, where none was opened: an answer in one piece.
    void refuse(HttpResponse response) { m_exchange->respond(std::move(response)); }

private:
    std::shared_ptr<Exchange> m_exchange;
    std::string m_buffer;
    bool m_open = false;
};

} // namespace hearth::serve
