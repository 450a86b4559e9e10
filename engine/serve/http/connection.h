#pragma once

#include "serve/http/live_exchange.h"
#include "serve/http/network_loop.h"
#include "serve/http/request_reader.h"
#include "serve/http/server_core.h"
#include "serve/http/transport.h"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace hearth::serve {

/// One client: reads requests one after the other, hands each to its route, sends its answer. A
/// read is always under way, so that a client that hangs up is noticed at once. All functions are
/// for the loop's thread. Every phase has a time limit, and a reader that takes nothing, or leaves
/// more than the buffer of a stream unread, is cut off; handlers never wait for it.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(std::shared_ptr<ServerCore> core, std::shared_ptr<NetworkLoop> loop,
               std::unique_ptr<Transport> transport);
    ~Connection();

    void start();
    /// Sends what the exchange has gathered, if it is the one that is being answered.
    void deliver(LiveExchange& exchange);
    /// Closes unless a request is being read or answered.
    void closeIdle();
    /// Refuses the request that is being read, or ends its answer early; sends what there is.
    void conclude();
    /// Closes at once.
    void cut();

private:
    using Clock = std::chrono::steady_clock;
    enum class Phase : std::uint8_t { Handshake, Idle, Head, Body, Answer, Linger, Closed };

    void enter(Phase phase, Clock::duration limit);
    void arm(); ///< Has the timer go off at the next deadline.
    void onTimer();
    void onDeadline();

    void read();
    void onRead(const boost::system::error_code& error, std::size_t bytes);
    void advance();
    int beginExchange();
    void onHead();
    void onBody();
    void refuseUnread(const ServerError& error);
    void refuseUnreadable();
    void answerUnread(HttpResponse answer);

    void send(std::string bytes);
    void write();
    void onWritten(const boost::system::error_code& error, std::size_t bytes);
    void finishAnswer();
    void nextRequest();

    void linger();
    void abort(AbortReason reason);
    void close();

    const std::shared_ptr<ServerCore> m_core;
    const std::shared_ptr<NetworkLoop> m_loop;
    const std::unique_ptr<Transport> m_transport;
    boost::asio::steady_timer m_timer;
    std::string m_client;
    std::string m_localAddress;

    std::shared_ptr<Connection> m_self; ///< From start() to close(): nothing else need be under way.
    Phase m_phase = Phase::Handshake;
    Clock::time_point m_deadline = Clock::time_point::max();
    Clock::time_point m_stallDeadline = Clock::time_point::max();
    Clock::time_point m_armed = Clock::time_point::max();

    std::array<char, 8192> m_chunk{};
    std::string m_in;
    bool m_reading = false;
    std::optional<RequestReader> m_reader;
    std::optional<HttpResponse> m_refusal; ///< Answered once the body is read.
    std::shared_ptr<LiveExchange> m_exchange;

    std::deque<std::string> m_out;
    std::size_t m_outOffset = 0; ///< Of m_out.front() that is sent.
    std::size_t m_unsent = 0;
    std::size_t m_takenSinceStall = 0;
    std::uint64_t m_sentOfAnswer = 0;
    bool m_writing = false;
    bool m_answerEnded = false;
};

} // namespace hearth::serve
