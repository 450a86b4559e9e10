#pragma once

#include "serve/http/exchange.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::serve {

/// An exchange without a network: keeps what it is told. Posted work runs on the thread that calls
/// run() or waitForEnd(), timers when fireTimers() says so.
class FakeExchange final : public Exchange {
public:
    static std::shared_ptr<FakeExchange> post(std::string path, std::string body);
    static std::shared_ptr<FakeExchange> with(HttpRequest request);

    [[nodiscard]] const HttpRequest& request() const override { return m_request; }
    void respond(HttpResponse response) override;
    void beginStream(int status, std::string contentType, std::vector<Header> headers) override;
    void write(std::string bytes) override;
    void end() override;
    void onAbort(std::function<void()> aborted) override;
    [[nodiscard]] bool aborted() const override;
    void post(std::function<void()> work) override;
    void postAfter(std::chrono::milliseconds delay, std::function<void()> work) override;
    void setDialect(const ErrorDialect& /*dialect*/) override {} // only a server ends answers
    void note(RequestNote note) override;

    /// Runs what is posted until nothing is left.
    void run();
    /// Runs work until the answer is over; false after ten seconds.
    [[nodiscard]] bool waitForEnd();
    /// Runs work until `condition` holds; false after ten seconds.
    [[nodiscard]] bool waitFor(const std::function<bool()>& condition);
    /// All timers that were set by now are due.
    void fireTimers();
    void hangUp();

    // To be read when no other thread answers.
    int status = 0;
    std::string contentType;
    std::vector<Header> headers;
    std::string body; ///< Of a stream: all that was written.
    std::vector<std::string> writes;
    bool streamed = false;
    bool over = false;
    int answers = 0; ///< respond() and beginStream(): must be 1.
    RequestNote lastNote;

private:
    HttpRequest m_request;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_work;
    std::vector<std::function<void()>> m_timers;
    std::function<void()> m_onAbort;
    bool m_aborted = false;
};

} // namespace hearth::serve
