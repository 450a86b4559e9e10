#pragma once

#include "serve/http/network_loop.h"
#include "serve/http/response_head.h"
#include "serve/http/server_core.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::serve {

/// Why an answer is given up.
enum class AbortReason : std::uint8_t { ClientGone, TooSlow, TimeOver, Stopping };

/// The exchange of a connection. What handlers write is gathered here under a mutex and fetched by
/// the connection on its network thread, one wake-up for however many writes. The log entry is
/// told once: when the answer is over, or, if it is given up, when the handler has let go too.
class LiveExchange final : public Exchange, public std::enable_shared_from_this<LiveExchange> {
public:
    struct Frame {
        HttpVersion version = HttpVersion::Http11;
        bool keepAlive = true;
        std::vector<Header> commonHeaders;
    };

    LiveExchange(std::shared_ptr<ServerCore> core, std::shared_ptr<NetworkLoop> loop,
                 std::weak_ptr<Connection> connection, std::string client);
    ~LiveExchange() override;

    [[nodiscard]] const HttpRequest& request() const override { return m_request; }
    void respond(HttpResponse response) override;
    void beginStream(int status, std::string contentType, std::vector<Header> headers) override;
    void write(std::string bytes) override;
    void end() override;
    void onAbort(std::function<void()> aborted) override;
    [[nodiscard]] bool aborted() const override;
    void post(std::function<void()> work) override;
    void postAfter(std::chrono::milliseconds delay, std::function<void()> work) override;
    void note(RequestNote note) override;

    // For the connection, on the network thread.
    struct Pending {
        std::vector<std::string> pieces;
        bool ended = false;  ///< Nothing follows.
        bool stream = false;
        bool overflow = false; ///< More than the stream's buffer was written; pieces were dropped.
    };
    HttpRequest& mutableRequest() { return m_request; }
    BodyBudget::Share& bodyShare() { return m_bodyShare; }
    void setDialect(const ErrorDialect& dialect) override;
    /// An error of the server's own as the client reads it.
    [[nodiscard]] HttpResponse shaped(const ServerError& error) const;
    RequestTimes& times() { return m_times; }
    void setFrame(Frame frame) { m_frame = std::move(frame); }
    void setMethod(std::string name) { m_entry.method = std::move(name); }
    void setRoute(const Route* route, std::unique_ptr<GenerationSlot> slot);
    /// Answers before the request was read to its end, so that the connection must close.
    void refuse(HttpResponse refusal);
    /// Runs the route's handler, where it wants to run.
    void dispatch();
    Pending takePending();
    [[nodiscard]] bool keepAlive() const;
    /// Ends the answer in the handler's place, by the error alone or behind what has been streamed,
    /// and tells the handler to stop. False if the answer has ended and only has to be sent.
    bool giveUp(const ServerError& error, AbortReason reason);
    void finish(std::uint64_t sentBytes);
    void abort(AbortReason reason, std::uint64_t sentBytes);

private:
    enum class State : std::uint8_t { Fresh, Streaming, Ended, Over };

    void runHandler();
    /// A failure of `work` is the answer, or the end of one that streams.
    void runGuarded(const std::function<void()>& work);
    void append(std::string piece); ///< Under m_mutex, as the next four.
    void appendBody(std::string_view bytes);
    void endBody();
    void appendHead(int status, std::string_view contentType, BodyFraming framing,
                    std::size_t length, const std::vector<Header>& headers);
    void schedule();
    void leave(std::uint64_t sentBytes);
    void tell();

    const std::shared_ptr<ServerCore> m_core;
    const std::shared_ptr<NetworkLoop> m_loop;
    const std::weak_ptr<Connection> m_connection;
    HttpRequest m_request;
    BodyBudget::Share m_bodyShare;
    RequestTimes m_times;
    Frame m_frame;
    const Route* m_route = nullptr;
    std::unique_ptr<GenerationSlot> m_slot;
    ServedRequest m_entry;

    mutable std::mutex m_mutex;
    ErrorDialect m_dialect = openAiErrors();
    State m_state = State::Fresh;
    std::vector<std::string> m_pieces;
    std::size_t m_pendingBytes = 0;
    bool m_chunked = false;
    bool m_stream = false;
    bool m_overflow = false;
    bool m_scheduled = false;
    bool m_aborted = false;
    bool m_told = false;
    std::function<void()> m_onAbort;
    RequestNote m_note;
};

} // namespace hearth::serve
