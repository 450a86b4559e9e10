#include "serve/support/fake_exchange.h"

#include <utility>

namespace hearth::serve {

std::shared_ptr<FakeExchange> FakeExchange::post(std::string path, std::string body) {
    HttpRequest request;
    request.method = Method::Post;
    request.path = std::move(path);
    request.body = std::move(body);
    request.id = "request-1";
    return with(std::move(request));
}

std::shared_ptr<FakeExchange> FakeExchange::with(HttpRequest request) {
    auto exchange = std::make_shared<FakeExchange>();
    exchange->m_request = std::move(request);
    return exchange;
}

void FakeExchange::respond(HttpResponse response) {
    std::function<void()> dropped;
    const std::lock_guard lock(m_mutex);
    dropped = std::exchange(m_onAbort, nullptr);
    ++answers;
    status = response.status;
    contentType = std::move(response.contentType);
    headers = std::move(response.headers);
    body = std::move(response.body);
    over = true;
    m_wake.notify_all();
}

void FakeExchange::beginStream(int streamStatus, std::string type, std::vector<Header> more) {
    const std::lock_guard lock(m_mutex);
    ++answers;
    status = streamStatus;
    contentType = std::move(type);
    headers = std::move(more);
    streamed = true;
}

void FakeExchange::write(std::string bytes) {
    const std::lock_guard lock(m_mutex);
    if (m_aborted)
        return;
    body += bytes;
    writes.push_back(std::move(bytes));
}

void FakeExchange::end() {
    std::function<void()> dropped;
    const std::lock_guard lock(m_mutex);
    dropped = std::exchange(m_onAbort, nullptr);
    over = true;
    m_wake.notify_all();
}

void FakeExchange::onAbort(std::function<void()> aborted) {
    const std::lock_guard lock(m_mutex);
    m_onAbort = std::move(aborted);
}

bool FakeExchange::aborted() const {
    const std::lock_guard lock(m_mutex);
    return m_aborted;
}

void FakeExchange::post(std::function<void()> work) {
    const std::lock_guard lock(m_mutex);
    m_work.push_back(std::move(work));
    m_wake.notify_all();
}

void FakeExchange::postAfter(std::chrono::milliseconds /*delay*/, std::function<void()> work) {
    const std::lock_guard lock(m_mutex);
    m_timers.push_back(std::move(work));
}

void FakeExchange::note(RequestNote note) {
    const std::lock_guard lock(m_mutex);
    lastNote = std::move(note);
}

void FakeExchange::run() {
    std::unique_lock lock(m_mutex);
    while (!m_work.empty()) {
        const std::function<void()> work = std::move(m_work.front());
        m_work.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

bool FakeExchange::waitForEnd() {
    return waitFor([this] { return over; });
}

bool FakeExchange::waitFor(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < until) {
        run();
        if (condition())
            return true;
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, std::chrono::milliseconds(20));
    }
    return false;
}

void FakeExchange::fireTimers() {
    std::vector<std::function<void()>> due;
    {
        const std::lock_guard lock(m_mutex);
        if (!over)
            due.swap(m_timers);
    }
    for (const auto& timer : due)
        timer();
    run();
}

void FakeExchange::hangUp() {
    std::function<void()> aborted;
    {
        const std::lock_guard lock(m_mutex);
        m_aborted = true;
        aborted = std::exchange(m_onAbort, nullptr);
    }
    if (aborted)
        aborted();
    run();
}

} // namespace hearth::serve
