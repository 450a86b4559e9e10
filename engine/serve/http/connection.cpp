#include "serve/http/connection.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadAhead = 64U << 10;   ///< Of requests behind the one in work.
constexpr std::size_t kSmallBody = 64U << 10;   ///< Read to the end even if it is refused.
constexpr std::size_t kBuffersAWrite = 16;
constexpr std::size_t kLeastTaken = 1024; ///< Bytes that a reader must take in the stall time.
constexpr std::chrono::seconds kLingerTime{2};

std::string addressText(const net::ip::tcp::endpoint& endpoint) {
    net::ip::address address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
    return address.to_string();
}

} // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, std::shared_ptr<NetworkLoop> loop,
                       std::unique_ptr<Transport> transport)
    : m_core(std::move(core))
    , m_loop(std::move(loop))
    , m_transport(std::move(transport))
    , m_timer(m_loop->context()) {
    ++m_core->connections;
}

Connection::~Connection() {
    m_loop->connections.erase(this);
    --m_core->connections;
}

void Connection::start() {
    m_self = shared_from_this();
    m_loop->connections.insert(this);
    error_code error;
    m_client = addressText(m_transport->socket().remote_endpoint(error));
    m_localAddress = addressText(m_transport->socket().local_endpoint(error));
    m_transport->socket().set_option(net::ip::tcp::no_delay(true), error);
    enter(Phase::Handshake, m_core->options.limits.headerTime);
    m_transport->handshake([self = shared_from_this()](const error_code& failed, std::size_t) {
        if (failed || self->m_phase == Phase::Closed)
            return self->close();
        self->nextRequest();
        self->enter(Phase::Idle, self->m_core->options.limits.headerTime);
        self->read();
    });
}

void Connection::enter(Phase phase, Clock::duration limit) {
    m_phase = phase;
    m_deadline = limit > Clock::duration::zero() ? Clock::now() + limit : Clock::time_point::max();
    arm();
}

void Connection::arm() {
    const Clock::time_point next = std::min(m_deadline, m_stallDeadline);
    if (next >= m_armed || m_phase == Phase::Closed)
        return; // it goes off earlier, and looks again then
    m_armed = next;
    m_timer.expires_at(next);
    m_timer.async_wait([weak = weak_from_this()](const error_code& error) {
        if (error == net::error::operation_aborted)
            return;
        if (const std::shared_ptr<Connection> self = weak.lock())
            self->onTimer();
    });
}

void Connection::onTimer() {
    m_armed = Clock::time_point::max();
    if (m_phase == Phase::Closed)
        return;
    const Clock::time_point now = Clock::now();
    if (now >= m_stallDeadline && m_takenSinceStall >= kLeastTaken) {
        m_takenSinceStall = 0;
        m_stallDeadline = now + m_core->options.limits.stallTime;
    }
    if (now >= m_stallDeadline)
        return abort(AbortReason::TooSlow);
    if (now >= m_deadline)
        return onDeadline();
    arm();
}

void Connection::onDeadline() {
    m_deadline = Clock::time_point::max();
    switch (m_phase) {
    case Phase::Head:
    case Phase::Body:
        return refuseUnread({408, "The request took too long to arrive.", "request_timeout", {}});
    case Phase::Answer:
        if (!m_exchange->giveUp(
                {504, "The request took longer than the server allows.", "timeout", {}},
                AbortReason::TimeOver))
            abort(AbortReason::TimeOver);
        return;
    default:
        return close();
    }
}

void Connection::read() {
    if (m_reading || m_phase == Phase::Closed || m_in.size() >= kReadAhead)
        return;
    m_reading = true;
    m_transport->readSome(net::buffer(m_chunk),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                              self->onRead(error, bytes);
                          });
}

void Connection::onRead(const error_code& error, std::size_t bytes) {
    m_reading = false;
    if (m_phase == Phase::Closed)
        return;
    if (error)
        return abort(AbortReason::ClientGone);
    if (m_phase != Phase::Linger) {
        m_in.append(m_chunk.data(), bytes);
        advance();
    }
    read();
}

void Connection::advance() {
    while (m_phase == Phase::Idle || m_phase == Phase::Head || m_phase == Phase::Body) {
        if (m_in.empty())
            return;
        if (m_phase == Phase::Idle)
            enter(Phase::Head, m_core->options.limits.headerTime);
        std::size_t taken = 0;
        const RequestReader::Progress progress = m_reader->take(m_in, taken);
        m_in.erase(0, taken);
        if (m_phase == Phase::Body && !m_exchange->bodyShare().growTo(m_reader->body().size()))
            return refuseUnread(ServerCore::bodiesFull());
        switch (progress) {
        case RequestReader::Progress::NeedMore:
            return;
        case RequestReader::Progress::Failed:
            return refuseUnreadable();
        case RequestReader::Progress::Head:
            onHead();
            break;
        case RequestReader::Progress::Done:
            onBody();
            break;
        }
        // A request without a body is done although no byte follows.
        if (m_phase == Phase::Body && m_in.empty() && m_reader->done())
            onBody();
    }
}

/// The exchange of the request whose head was read, or what has come of it.
int Connection::beginExchange() {
    const RequestHead& head = m_reader->head();
    m_exchange = std::make_shared<LiveExchange>(m_core, m_loop, weak_from_this(), m_client);
    m_exchange->setMethod(head.methodName);
    HttpRequest& request = m_exchange->mutableRequest();
    const int targetStatus = ServerCore::identify(head, request);
    m_exchange->setDialect(m_core->dialectAt(request.path));
    return targetStatus;
}

void Connection::onHead() {
    const RequestHead& head = m_reader->head();
    const int targetStatus = beginExchange();
    Admission admission =
        m_core->admit(head, targetStatus, m_localAddress, m_exchange->mutableRequest());
    admission.commonHeaders.push_back({"x-request-id", m_exchange->request().id});
    m_exchange->setFrame({head.http11 ? HttpVersion::Http11 : HttpVersion::Http10, head.keepAlive,
                          std::move(admission.commonHeaders)});
    m_exchange->setRoute(admission.route, std::move(admission.slot));

    if (admission.route != nullptr)
        m_reader->limitBody(admission.bodyBytes);

    const bool hasBody = head.chunked || head.contentLength.value_or(0) > 0;
    const std::string_view expected = head.value("expect");
    const bool expectsContinue = hasBody && expected.size() == 12 && head.http11;
    if (admission.refusal && (expectsContinue || head.chunked ||
                              head.contentLength.value_or(0) > kSmallBody))
        return answerUnread(*std::move(admission.refusal));
    m_refusal = std::move(admission.refusal);
    enter(Phase::Body, m_core->options.limits.bodyTime);
    if (expectsContinue)
        send("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::onBody() {
    m_exchange->mutableRequest().body = std::move(m_reader->body());
    m_exchange->times().read = Clock::now();
    enter(Phase::Answer, m_core->options.limits.requestTime);
    if (m_refusal)
        m_exchange->respond(*std::exchange(m_refusal, std::nullopt));
    else
        m_exchange->dispatch();
}

void Connection::refuseUnread(const ServerError& error) {
    if (!m_exchange) {
        beginExchange();
        m_exchange->setFrame({m_reader->head().http11 ? HttpVersion::Http11 : HttpVersion::Http10,
                              false,
                              {{"x-request-id", m_exchange->request().id}}});
    }
    answerUnread(m_exchange->shaped(error));
}

void Connection::refuseUnreadable() {
    const RequestFault& fault = m_reader->fault();
    refuseUnread({fault.status, fault.message, {}, {}});
}

/// Bytes of the request may follow, so that the connection can have no other.
void Connection::answerUnread(HttpResponse answer) {
    m_exchange->refuse(std::move(answer));
    enter(Phase::Answer, Clock::duration::zero());
}

void Connection::deliver(LiveExchange& exchange) {
    if (m_phase != Phase::Answer || m_exchange.get() != &exchange)
        return;
    LiveExchange::Pending pending = exchange.takePending();
    for (std::string& piece : pending.pieces)
        send(std::move(piece));
    if (m_phase == Phase::Closed)
        return;
    if (pending.overflow ||
        (pending.stream && m_unsent > m_core->options.limits.sendBufferBytes))
        return abort(AbortReason::TooSlow);
    m_answerEnded = pending.ended;
    if (m_answerEnded && m_out.empty())
        finishAnswer();
}

void Connection::send(std::string bytes) {
    if (bytes.empty())
        return;
    m_unsent += bytes.size();
    m_out.push_back(std::move(bytes));
    write();
}

void Connection::write() {
    if (m_writing || m_out.empty() || m_phase == Phase::Closed)
        return;
    std::vector<net::const_buffer> buffers;
    std::size_t offset = m_outOffset;
    for (std::size_t i = 0; i < std::min(m_out.size(), kBuffersAWrite); ++i) {
        buffers.emplace_back(m_out[i].data() + offset, m_out[i].size() - offset);
        offset = 0;
    }
    m_writing = true;
    if (m_stallDeadline == Clock::time_point::max()) {
        m_takenSinceStall = 0;
        m_stallDeadline = Clock::now() + m_core->options.limits.stallTime;
        arm();
    }
    m_transport->writeSome(buffers,
                           [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                               self->onWritten(error, bytes);
                           });
}

void Connection::onWritten(const error_code& error, std::size_t bytes) {
    m_writing = false;
    if (m_phase == Phase::Closed)
        return;
    if (error)
        return abort(AbortReason::ClientGone);
    m_unsent -= bytes;
    m_sentOfAnswer += bytes;
    m_takenSinceStall += bytes;
    for (std::size_t left = bytes; left > 0;) {
        const std::size_t part = std::min(left, m_out.front().size() - m_outOffset);
        left -= part;
        m_outOffset += part;
        if (m_outOffset == m_out.front().size()) {
            m_out.pop_front();
            m_outOffset = 0;
        }
    }
    if (!m_out.empty())
        return write();
    m_stallDeadline = Clock::time_point::max();
    if (m_answerEnded)
        finishAnswer();
}

void Connection::finishAnswer() {
    const std::shared_ptr<LiveExchange> exchange = std::exchange(m_exchange, nullptr);
    exchange->finish(m_sentOfAnswer);
    if (!exchange->keepAlive() || m_core->draining)
        return linger();
    nextRequest();
    advance();
    read();
}

void Connection::nextRequest() {
    m_answerEnded = false;
    m_sentOfAnswer = 0;
    const ServerLimits& limits = m_core->options.limits;
    RequestReader::Limits bounds;
    bounds.headerBytes = limits.headerBytes;
    bounds.bodyBytes = limits.bodyBytes;
    m_reader.emplace(bounds);
    enter(Phase::Idle, limits.idleTime);
}

/// A close with unread bytes would make the system throw away what the client has yet to read.
void Connection::linger() {
    m_in.clear();
    enter(Phase::Linger, kLingerTime);
    m_transport->endWriting([self = shared_from_this()](const error_code& error, std::size_t) {
        if (error)
            self->close();
        else
            self->read();
    });
}

void Connection::closeIdle() {
    if (m_phase == Phase::Idle || m_phase == Phase::Handshake || m_phase == Phase::Linger)
        close();
}

void Connection::conclude() {
    const ServerError stopping{503, "The server is stopping.", "shutting_down", {}};
    if (m_phase == Phase::Head || m_phase == Phase::Body)
        refuseUnread(stopping);
    else if (m_phase == Phase::Answer)
        m_exchange->giveUp(stopping, AbortReason::Stopping);
}

void Connection::cut() {
    abort(AbortReason::Stopping);
}

void Connection::abort(AbortReason reason) {
    const std::shared_ptr<LiveExchange> exchange = std::exchange(m_exchange, nullptr);
    close();
    if (exchange)
        exchange->abort(reason, m_sentOfAnswer);
}

void Connection::close() {
    if (m_phase == Phase::Closed)
        return;
    m_phase = Phase::Closed;
    error_code error;
    m_timer.cancel();
    m_transport->socket().close(error);
    m_self.reset(); // whoever calls holds another
}

} // namespace hearth::serve
