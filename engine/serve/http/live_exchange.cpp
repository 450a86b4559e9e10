#include "serve/http/live_exchange.h"

#include "serve/http/connection.h"
#include "serve/http/printable.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

constexpr std::size_t kPieceBytes = 16U << 10; ///< Smaller writes share a piece.
constexpr std::size_t kAgentBytes = 200;
constexpr std::size_t kPathBytes = 1000;
constexpr std::size_t kModelBytes = 500;
constexpr std::size_t kErrorBytes = 2000;
constexpr std::size_t kKeptBodyBytes = 64U << 10;
constexpr int kClientGone = 499;

std::string_view reasonText(AbortReason reason) {
    switch (reason) {
    case AbortReason::ClientGone:
        return "The client hung up.";
    case AbortReason::TooSlow:
        return "The client reads too slowly.";
    case AbortReason::TimeOver:
        return "The request took too long.";
    case AbortReason::Stopping:
        return "The server stopped.";
    }
    return {};
}

} // namespace

LiveExchange::LiveExchange(std::shared_ptr<ServerCore> core, std::shared_ptr<NetworkLoop> loop,
                           std::weak_ptr<Connection> connection, std::string client)
    : m_core(std::move(core))
    , m_loop(std::move(loop))
    , m_connection(std::move(connection))
    , m_bodyShare(m_core->bodies) {
    m_request.client = std::move(client);
    m_times.received = std::chrono::steady_clock::now();
    m_entry.at = std::chrono::system_clock::now();
    ++m_core->exchanges;
}

LiveExchange::~LiveExchange() {
    if (!m_told)
        tell();
}

void LiveExchange::setRoute(const Route* route, std::unique_ptr<GenerationSlot> slot) {
    m_route = route;
    m_slot = std::move(slot);
}

void LiveExchange::refuse(HttpResponse refusal) {
    m_frame.keepAlive = false;
    respond(std::move(refusal));
}

void LiveExchange::dispatch() {
    if (m_route->runOn == RunOn::Network)
        return runHandler();
    std::function<void()> task = [self = shared_from_this()] {
        if (!self->aborted())
            self->runHandler();
    };
    if (!m_core->tasks.tryPush(std::move(task))) {
        respond(shaped({503, "The server has too much to do.", "overloaded",
                        {{"retry-after", "1"}}}));
    }
}

void LiveExchange::runGuarded(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& error) {
        const std::string message = std::string("The server failed: ") + error.what();
        const ServerError failure{500, message, "internal_error", {}};
        {
            const std::scoped_lock lock(m_mutex);
            m_note.error = message;
            if (m_state == State::Streaming)
                appendBody(m_dialect.streamEnd(failure));
        }
        end();
        respond(shaped(failure)); // where it was not streaming
    }
}

void LiveExchange::runHandler() {
    runGuarded([this] { m_route->handler(shared_from_this()); });
    const std::scoped_lock lock(m_mutex);
    if (!m_told) // else the log may be reading it
        m_times.handled = std::chrono::steady_clock::now();
}

void LiveExchange::append(std::string piece) {
    m_pendingBytes += piece.size();
    if (!m_pieces.empty() && m_pieces.back().size() + piece.size() <= kPieceBytes)
        m_pieces.back() += piece;
    else
        m_pieces.push_back(std::move(piece));
}

void LiveExchange::appendHead(int status, std::string_view contentType, BodyFraming framing,
                              std::size_t length, const std::vector<Header>& headers) {
    m_entry.status = status;
    m_frame.keepAlive = m_frame.keepAlive && framing != BodyFraming::Close && !m_core->draining;
    ResponseHead head;
    head.version = m_frame.version;
    head.status = status;
    head.contentType = contentType;
    head.framing = framing;
    head.length = length;
    head.keepAlive = m_frame.keepAlive;
    append(responseHead(head, m_frame.commonHeaders, headers));
}

void LiveExchange::schedule() {
    if (m_scheduled)
        return;
    m_scheduled = true;
    m_loop->post([self = shared_from_this()] {
        if (const std::shared_ptr<Connection> connection = self->m_connection.lock())
            connection->deliver(*self);
    });
}

void LiveExchange::respond(HttpResponse response) {
    const std::scoped_lock lock(m_mutex);
    if (m_state != State::Fresh)
        return;
    const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
    appendHead(response.status, response.contentType,
               bodiless ? BodyFraming::None : BodyFraming::Length, response.body.size(),
               response.headers);
    if (!bodiless && m_request.method != Method::Head)
        append(std::move(response.body));
    m_state = State::Ended;
    schedule();
}

void LiveExchange::beginStream(int status, std::string contentType, std::vector<Header> headers) {
    const std::scoped_lock lock(m_mutex);
    if (m_state != State::Fresh)
        return;
    m_stream = true;
    m_chunked = m_frame.version == HttpVersion::Http11;
    headers.push_back({"cache-control", "no-store"});
    headers.push_back({"x-accel-buffering", "no"}); // or nginx gathers the stream
    appendHead(status, contentType, m_chunked ? BodyFraming::Chunked : BodyFraming::Close, 0,
               headers);
    m_state = m_request.method == Method::Head ? State::Ended : State::Streaming;
    schedule();
}

void LiveExchange::write(std::string bytes) {
    const std::scoped_lock lock(m_mutex);
    if (m_state != State::Streaming || bytes.empty() || m_overflow)
        return;
    if (m_pendingBytes + bytes.size() > m_core->options.limits.sendBufferBytes)
        m_overflow = true;
    else
        appendBody(bytes);
    schedule();
}

void LiveExchange::appendBody(std::string_view bytes) {
    append(m_chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : std::string(bytes));
}

void LiveExchange::endBody() {
    if (m_chunked)
        append("0\r\n\r\n");
    m_state = State::Ended;
    schedule();
}

void LiveExchange::end() {
    const std::scoped_lock lock(m_mutex);
    if (m_state == State::Streaming)
        endBody();
}

void LiveExchange::onAbort(std::function<void()> aborted) {
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_aborted) {
            if (m_state != State::Over)
                m_onAbort = std::move(aborted);
            return;
        }
    }
    m_loop->post(std::move(aborted));
}

bool LiveExchange::aborted() const {
    const std::scoped_lock lock(m_mutex);
    return m_aborted;
}

void LiveExchange::post(std::function<void()> work) {
    m_loop->post([self = shared_from_this(), work = std::move(work)] { self->runGuarded(work); });
}

void LiveExchange::postAfter(std::chrono::milliseconds delay, std::function<void()> work) {
    m_loop->postAfter(delay, [weak = weak_from_this(), work = std::move(work)] {
        const std::shared_ptr<LiveExchange> self = weak.lock();
        if (!self)
            return;
        {
            const std::scoped_lock lock(self->m_mutex);
            if (self->m_state == State::Over || self->m_state == State::Ended)
                return;
        }
        self->runGuarded(work);
    });
}

void LiveExchange::setDialect(const ErrorDialect& dialect) {
    const std::scoped_lock lock(m_mutex);
    m_dialect = dialect;
}

HttpResponse LiveExchange::shaped(const ServerError& error) const {
    const std::scoped_lock lock(m_mutex);
    return errorAnswer(m_dialect, error);
}

void LiveExchange::note(RequestNote note) {
    const std::scoped_lock lock(m_mutex);
    if (!m_told)
        m_note = std::move(note);
}

LiveExchange::Pending LiveExchange::takePending() {
    const std::scoped_lock lock(m_mutex);
    m_scheduled = false;
    m_pendingBytes = 0;
    return {std::exchange(m_pieces, {}), m_state == State::Ended, m_stream, m_overflow};
}

bool LiveExchange::keepAlive() const {
    const std::scoped_lock lock(m_mutex);
    return m_frame.keepAlive;
}

void LiveExchange::leave(std::uint64_t sentBytes) {
    m_state = State::Over;
    m_times.finished = std::chrono::steady_clock::now();
    m_entry.sentBytes = sentBytes;
    --m_core->exchanges;
}

bool LiveExchange::giveUp(const ServerError& error, AbortReason reason) {
    std::function<void()> aborted;
    {
        const std::scoped_lock lock(m_mutex);
        if (m_state == State::Ended || m_state == State::Over)
            return false;
        m_aborted = true;
        m_frame.keepAlive = false;
        m_entry.error = reasonText(reason);
        if (m_state == State::Streaming) {
            appendBody(m_dialect.streamEnd(error));
            endBody();
        }
        aborted = std::exchange(m_onAbort, nullptr);
    }
    respond(shaped(error)); // where it was not streaming
    if (aborted)
        aborted();
    return true;
}

void LiveExchange::finish(std::uint64_t sentBytes) {
    std::function<void()> dropped; // may hold the last references to what handlers own
    {
        const std::scoped_lock lock(m_mutex);
        if (m_state == State::Over)
            return;
        leave(sentBytes);
        m_told = true;
        dropped = std::exchange(m_onAbort, nullptr);
    }
    m_slot.reset();
    tell();
}

void LiveExchange::abort(AbortReason reason, std::uint64_t sentBytes) {
    std::function<void()> aborted;
    {
        const std::scoped_lock lock(m_mutex);
        if (m_state == State::Over)
            return;
        leave(sentBytes);
        m_aborted = true;
        if (reason == AbortReason::ClientGone)
            m_entry.status = kClientGone;
        m_entry.error = reasonText(reason);
        m_pieces.clear();
        aborted = std::exchange(m_onAbort, nullptr);
    }
    if (aborted)
        aborted();
}

void LiveExchange::tell() {
    m_entry.id = m_request.id;
    m_entry.client = m_request.client;
    m_entry.agent = printable(m_request.header("user-agent").value_or(""), kAgentBytes);
    m_entry.key = m_request.keyName;
    m_entry.path = printable(m_request.path, kPathBytes);
    m_entry.seconds =
        std::max(0.0, std::chrono::duration<double>(m_times.finished - m_times.received).count());
    m_entry.model = printable(m_note.model, kModelBytes);
    if (!m_note.error.empty())
        m_entry.error = printable(m_note.error, kErrorBytes);
    m_entry.promptTokens = m_note.promptTokens;
    m_entry.cachedTokens = m_note.cachedTokens;
    m_entry.completionTokens = m_note.completionTokens;
    m_entry.timeToFirstToken = m_note.timeToFirstToken;
    m_entry.tokensPerSecond = m_note.tokensPerSecond;
    if (m_core->options.keepBodies)
        m_entry.body = m_request.body.substr(0, kKeptBodyBytes);
    m_core->tell({m_entry, m_request, m_note, m_times, m_route});
}

} // namespace hearth::serve
