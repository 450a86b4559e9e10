#include "cli/stream_client.h"

#include "cli/console.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <sys/epoll.h>
#include <unistd.h>

#include <curl/curl.h>
#include <fmt/format.h>

namespace hearth::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kData = "data: ";
constexpr std::size_t kErrorBytes = 300;

/// The stream of one request.
struct Stream {
    RequestTiming timing;
    CURL* easy = nullptr;
    std::string line; ///< Not whole yet.
    const Clock::time_point* begin = nullptr;

    [[nodiscard]] double now() const {
        return std::chrono::duration<double>(Clock::now() - *begin).count();
    }

    void take(std::string_view bytes) {
        const double time = now();
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            line.append(bytes.substr(0, end));
            if (end == std::string_view::npos)
                return;
            takeLine(time);
            line.clear();
            bytes.remove_prefix(end + 1);
        }
    }

    void takeLine(double time) {
        const std::string_view text = line;
        if (!text.starts_with(kData)) {
            if (text.starts_with('{')) // an error in the place of a stream
                timing.error = text.substr(0, kErrorBytes);
            return;
        }
        // Parsing each event would cost more than the server's part of it.
        const std::size_t piece = text.find("\"text\":\"");
        if (piece != std::string_view::npos && text.substr(piece + 8, 1) != "\"")
            timing.piece(time);
        if (text.find("\"usage\":{") != std::string_view::npos)
            takeUsage(text.substr(kData.size()));
        if (text.starts_with("data: {\"error\""))
            timing.error = text.substr(kData.size(), kErrorBytes);
    }

    void takeUsage(std::string_view event) {
        const auto json = nlohmann::json::parse(event, nullptr, false);
        const auto count = [&](const char* key) {
            const auto usage = json.find("usage");
            if (usage == json.end() || !usage->is_object())
                return 0;
            const auto found = usage->find(key);
            return found != usage->end() && found->is_number_integer() ? found->get<int>() : 0;
        };
        if (!json.is_object())
            return;
        timing.promptTokens = count("prompt_tokens");
        timing.outputTokens = count("completion_tokens");
    }
};

class StreamRun {
public:
    StreamRun(const std::string& url, const std::string& key, std::size_t concurrency)
        : m_url(url + "/v1/completions"), m_concurrency(std::max<std::size_t>(concurrency, 1)) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        m_multi = curl_multi_init();
        m_epoll = epoll_create1(EPOLL_CLOEXEC);
        if (m_multi == nullptr || m_epoll < 0)
            throw CommandFailed("can't open a connection: too many files are open");
        curl_multi_setopt(m_multi, CURLMOPT_SOCKETFUNCTION, watchSocket);
        curl_multi_setopt(m_multi, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(m_multi, CURLMOPT_TIMERFUNCTION, setTimer);
        curl_multi_setopt(m_multi, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(m_multi, CURLMOPT_MAXCONNECTS, long(m_concurrency));
        m_headers = curl_slist_append(m_headers, "content-type: application/json");
        m_headers = curl_slist_append(m_headers, "expect:");
        if (!key.empty())
            m_headers = curl_slist_append(m_headers, ("authorization: Bearer " + key).c_str());
    }
    ~StreamRun() {
        for (const auto& stream : m_streams)
            finish(*stream);
        curl_multi_cleanup(m_multi);
        curl_slist_free_all(m_headers);
        close(m_epoll);
    }
    StreamRun(const StreamRun&) = delete;
    StreamRun& operator=(const StreamRun&) = delete;

    std::vector<RequestTiming> run(const std::vector<StreamRequest>& requests) {
        m_begin = Clock::now();
        m_deadline = m_begin;
        std::size_t next = 0;
        while (next < requests.size() || m_active > 0) {
            while (next < requests.size() && m_active < m_concurrency &&
                   requests[next].at <= seconds())
                start(requests[next++]);
            const bool mayStart = next < requests.size() && m_active < m_concurrency;
            wait(mayStart ? requests[next].at : -1.0);
            collect();
        }
        std::vector<RequestTiming> timings;
        for (const auto& stream : m_streams)
            timings.push_back(std::move(stream->timing));
        return timings;
    }

private:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - m_begin).count();
    }

    void start(const StreamRequest& request) {
        m_streams.push_back(std::make_unique<Stream>());
        Stream& stream = *m_streams.back();
        stream.begin = &m_begin;
        stream.easy = curl_easy_init();
        if (stream.easy == nullptr)
            throw CommandFailed("can't open a connection");
        curl_easy_setopt(stream.easy, CURLOPT_URL, m_url.c_str());
        curl_easy_setopt(stream.easy, CURLOPT_HTTPHEADER, m_headers);
        curl_easy_setopt(stream.easy, CURLOPT_POSTFIELDS, request.body.c_str());
        curl_easy_setopt(stream.easy, CURLOPT_POSTFIELDSIZE, long(request.body.size()));
        curl_easy_setopt(stream.easy, CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(stream.easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(stream.easy, CURLOPT_WRITEFUNCTION, takeBytes);
        curl_easy_setopt(stream.easy, CURLOPT_WRITEDATA, &stream);
        curl_easy_setopt(stream.easy, CURLOPT_PRIVATE, &stream);
        stream.timing.start = seconds();
        ++m_active;
        curl_multi_add_handle(m_multi, stream.easy);
    }

    /// Until something happens, libcurl's timer is due, or it is `until`.
    void wait(double until) {
        std::array<epoll_event, 256> events{};
        const auto now = Clock::now();
        double left = m_hasTimer ? std::chrono::duration<double>(m_deadline - now).count() : 1.0;
        if (until >= 0.0)
            left = std::min(left, until - seconds());
        const int count = epoll_wait(m_epoll, events.data(), int(events.size()),
                                     std::clamp(int(left * 1e3 + 0.999), 0, 1000));
        int running = 0;
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[std::size_t(i)];
            const int action = ((event.events & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
                               ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                               ((event.events & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
            curl_multi_socket_action(m_multi, event.data.fd, action, &running);
        }
        if (m_hasTimer && Clock::now() >= m_deadline) {
            m_hasTimer = false;
            curl_multi_socket_action(m_multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
    }

    void collect() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(m_multi, &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            const CURLcode result = message->data.result;
            char* own = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &own);
            auto& stream = *reinterpret_cast<Stream*>(own);
            judge(stream, result);
            finish(stream);
            --m_active;
        }
    }

    static void judge(Stream& stream, CURLcode result) {
        RequestTiming& timing = stream.timing;
        timing.end = timing.last > 0.0 ? timing.last : stream.now();
        long status = 0;
        curl_easy_getinfo(stream.easy, CURLINFO_RESPONSE_CODE, &status);
        if (!stream.line.empty())
            stream.takeLine(timing.end);
        if (result != CURLE_OK)
            timing.error = curl_easy_strerror(result);
        else if (status != 200 && timing.error.empty())
            timing.error = fmt::format("HTTP status {}", status);
    }

    void finish(Stream& stream) {
        if (stream.easy == nullptr)
            return;
        curl_multi_remove_handle(m_multi, stream.easy);
        curl_easy_cleanup(stream.easy);
        stream.easy = nullptr;
    }

    static std::size_t takeBytes(char* bytes, std::size_t size, std::size_t count, void* stream) {
        static_cast<Stream*>(stream)->take({bytes, size * count});
        return size * count;
    }

    static int watchSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
        const int epoll = static_cast<StreamRun*>(self)->m_epoll;
        epoll_event event{};
        event.data.fd = socket;
        event.events = ((what & CURL_POLL_IN) != 0 ? std::uint32_t(EPOLLIN) : 0U) |
                       ((what & CURL_POLL_OUT) != 0 ? std::uint32_t(EPOLLOUT) : 0U);
        if (what == CURL_POLL_REMOVE)
            epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
        else if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0)
            epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
        return 0;
    }

    static int setTimer(CURLM*, long milliseconds, void* self) {
        auto& run = *static_cast<StreamRun*>(self);
        run.m_hasTimer = milliseconds >= 0;
        run.m_deadline = Clock::now() + std::chrono::milliseconds(std::max(milliseconds, 0L));
        return 0;
    }

    const std::string m_url;
    const std::size_t m_concurrency;
    CURLM* m_multi = nullptr;
    int m_epoll = -1;
    curl_slist* m_headers = nullptr;
    Clock::time_point m_begin;
    Clock::time_point m_deadline;
    bool m_hasTimer = false;
    std::size_t m_active = 0;
    std::vector<std::unique_ptr<Stream>> m_streams;
};

} // namespace

std::vector<RequestTiming> runStreams(const std::string& url, const std::string& key,
                                      const std::vector<StreamRequest>& requests,
                                      std::size_t concurrency) {
    return StreamRun(url, key, concurrency).run(requests);
}

} // namespace hearth::cli
