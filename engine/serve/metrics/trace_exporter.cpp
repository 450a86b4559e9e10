#include "serve/metrics/trace_exporter.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <curl/curl.h>

namespace hearth::serve {

namespace {

constexpr std::size_t kQueuedSpans = 4096;
constexpr std::size_t kBatch = 512;
constexpr std::chrono::milliseconds kGather{500}; ///< Requests of so long go together.
constexpr long kConnectMilliseconds = 1000;
constexpr long kSendMilliseconds = 3000;

std::string urlOf(std::string endpoint) {
    const std::size_t host = endpoint.find("://");
    const std::size_t path = endpoint.find('/', host == std::string::npos ? 0 : host + 3);
    if (path == std::string::npos)
        return endpoint + "/v1/traces";
    return path + 1 == endpoint.size() ? endpoint + "v1/traces" : endpoint;
}

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

int stopsIf(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

} // namespace

/// One reused connection to the collector. One thread.
class TraceExporter::Sender {
public:
    Sender(const std::string& url, std::atomic<bool>& cancelled)
        : m_curl(curl_easy_init(), curl_easy_cleanup)
        , m_headers(curl_slist_append(nullptr, "Content-Type: application/json"),
                    curl_slist_free_all) {
        if (!m_curl)
            return;
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_HTTPHEADER, m_headers.get());
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
        set(CURLOPT_TIMEOUT_MS, kSendMilliseconds);
        set(CURLOPT_WRITEFUNCTION, ignore);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, stopsIf);
        set(CURLOPT_XFERINFODATA, &cancelled);
    }

    bool send(const std::string& body) {
        if (!m_curl)
            return false;
        set(CURLOPT_POSTFIELDS, body.data());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        long status = 0;
        return curl_easy_perform(m_curl.get()) == CURLE_OK &&
               curl_easy_getinfo(m_curl.get(), CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
               status / 100 == 2;
    }

private:
    template<typename Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(m_curl.get(), option, value);
    }

    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> m_curl;
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> m_headers;
};

TraceExporter::TraceExporter(std::string endpoint)
    : m_url(urlOf(std::move(endpoint)))
    , m_queue(kQueuedSpans)
    , m_thread([this] { run(); }) {
}

TraceExporter::~TraceExporter() {
    m_queue.close();
    m_stopping = true;
    m_thread.join();
}

void TraceExporter::record(const Served& served) {
    TracedRequest traced = traceOf(served);
    if (traced.parent && !traced.parent->sampled)
        return;
    if (!m_queue.tryPush(std::move(traced)))
        ++m_dropped;
}

void TraceExporter::run() {
    // What is left when the server stops is sent, too, but only if the collector takes it.
    std::atomic<bool> never = false;
    Sender sender(m_url, never);
    while (std::optional<TracedRequest> first = m_queue.waitPop()) {
        std::vector<TracedRequest> batch;
        batch.push_back(*std::move(first));
        const auto end = std::chrono::steady_clock::now() + kGather;
        while (batch.size() < kBatch) {
            if (std::optional<TracedRequest> next = m_queue.tryPop())
                batch.push_back(*std::move(next));
            else if (m_stopping || std::chrono::steady_clock::now() > end)
                break;
            else
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        if (!sender.send(otlpJson(batch))) {
            m_dropped += batch.size();
            if (m_stopping)
                return;
        }
    }
}

} // namespace hearth::serve
