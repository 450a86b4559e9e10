#include "library/range_fetcher.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hearth {

namespace {

constexpr int kRangeRedirects = 8;
constexpr long kWholeFile = 200;
constexpr long kPartOfFile = 206;

class RangeFetcher {
public:
    RangeFetcher(const RangeJob& job, const HubAccess& hub, const DownloadOptions& options,
                 const std::stop_token& stop)
        : m_job(job)
        , m_hub(hub)
        , m_options(options)
        , m_stop(stop)
        , m_count((job.end - job.from + options.rangeBytes - 1) / options.rangeBytes) {}

    Result<void> run(const std::function<Result<void>(const char*, std::size_t)>& take) {
        const std::stop_callback forward(m_stop, [this] {
            m_ownStop.request_stop();
            const std::scoped_lock lock(m_mutex);
            m_changed.notify_all();
        });
        const auto connections =
            std::min<std::uint64_t>(m_count, std::uint64_t(std::max(1, m_options.connections)));
        std::vector<std::jthread> threads;
        for (std::uint64_t i = 0; i < connections; ++i)
            threads.emplace_back([this] { work(); });
        auto result = deliver(take);
        m_ownStop.request_stop();
        {
            const std::scoped_lock lock(m_mutex);
            m_ended = true;
            m_changed.notify_all();
        }
        return result;
    }

private:
    struct Bounds {
        std::uint64_t from;
        std::uint64_t end;
    };
    [[nodiscard]] Bounds boundsOf(std::uint64_t index) const {
        const std::uint64_t from = m_job.from + index * m_options.rangeBytes;
        return {from, std::min(from + m_options.rangeBytes, m_job.end)};
    }
    [[nodiscard]] std::uint64_t window() const {
        return 2 * std::uint64_t(std::max(1, m_options.connections));
    }

    Result<void> deliver(const std::function<Result<void>(const char*, std::size_t)>& take) {
        for (std::uint64_t index = 0; index < m_count; ++index) {
            std::string bytes;
            {
                std::unique_lock lock(m_mutex);
                m_changed.wait(lock, [&] {
                    return m_arrived.contains(index) || m_error || m_stop.stop_requested();
                });
                if (m_stop.stop_requested())
                    return fail(ErrorCode::Cancelled);
                if (!m_arrived.contains(index))
                    return fail(*m_error);
                bytes = std::move(m_arrived.extract(index).mapped());
                m_delivered = index + 1;
                m_changed.notify_all();
            }
            HEARTH_TRY(take(bytes.data(), bytes.size()));
        }
        return {};
    }

    /// A connection's life: the next range, until all are taken or one has failed.
    void work() {
        HttpTransfer http(m_options, m_ownStop.get_token());
        for (;;) {
            std::uint64_t index = 0;
            {
                std::unique_lock lock(m_mutex);
                m_changed.wait(lock, [&] {
                    return m_ended || m_error || m_next >= m_count ||
                           m_next < m_delivered + window();
                });
                if (m_ended || m_error || m_next >= m_count)
                    return;
                index = m_next++;
            }
            auto bytes = fetchPatiently(http, boundsOf(index));
            const std::scoped_lock lock(m_mutex);
            if (bytes)
                m_arrived.emplace(index, *std::move(bytes));
            else if (!m_error)
                m_error = std::move(bytes).error();
            m_changed.notify_all();
        }
    }

    Result<std::string> fetchPatiently(HttpTransfer& http, Bounds bounds) {
        std::string bytes;
        int failed = 0;
        for (;;) {
            const std::size_t before = bytes.size();
            const auto got = fetch(http, bounds, bytes);
            if (got)
                return bytes;
            failed = bytes.size() > before ? 1 : failed + 1;
            if (!mayPass(got.error()) || failed >= m_options.attempts || !wait(failed))
                return fail(got.error());
        }
    }

    /// False if there is no use in going on.
    bool wait(int failed) {
        std::unique_lock lock(m_mutex);
        m_changed.wait_for(lock, m_options.firstWait * (1 << std::min(failed - 1, 6)),
                           [this] { return m_ended || m_error || m_stop.stop_requested(); });
        return !m_ended && !m_error && !m_stop.stop_requested();
    }

    /// Appends what is missing of the range.
    Result<void> fetch(HttpTransfer& http, Bounds bounds, std::string& bytes) {
        std::string address = m_job.address;
        for (int hop = 0; hop <= kRangeRedirects; ++hop) {
            HttpRequest request = m_hub.request(address);
            request.from = bounds.from + bytes.size();
            request.to = bounds.end - 1;
            if (m_job.etag.starts_with('"'))
                request.ifRange = m_job.etag;
            const HttpTransfer::Receiver receiver{
                [&](const HttpResponse& response) { return begin(request, response); },
                [&](const char* data, std::size_t size) -> Result<void> {
                    if (size > bounds.end - bounds.from - bytes.size())
                        return failedAt(address, ErrorCode::WrongContent,
                                        "more bytes than were asked for");
                    bytes.append(data, size);
                    return {};
                }};
            HEARTH_TRY_ASSIGN(const HttpResponse response, http.run(request, receiver));
            if (response.redirect.empty())
                return bytes.size() == bounds.end - bounds.from
                           ? Result<void>()
                           : failedAt(address, ErrorCode::NoNetwork, "the transfer was cut");
            address = response.redirect;
        }
        return failedAt(address, ErrorCode::WrongContent, "redirects without end");
    }

    [[nodiscard]] Result<void> begin(const HttpRequest& request,
                                     const HttpResponse& response) const {
        if (response.status == kWholeFile)
            return failedAt(request.url, ErrorCode::Unsupported, "the server ignores ranges");
        if (response.status != kPartOfFile)
            return refusedBy(request.url, response.status);
        const std::string expected = "bytes " + std::to_string(*request.from) + "-" +
                                     std::to_string(*request.to) + "/" + std::to_string(m_job.end);
        if (response.header("content-range") != expected)
            return failedAt(request.url, ErrorCode::NoNetwork, "another range than was asked");
        return {};
    }

    const RangeJob& m_job;
    const HubAccess& m_hub;
    const DownloadOptions& m_options;
    const std::stop_token m_stop;
    const std::uint64_t m_count; ///< Of ranges.

    std::stop_source m_ownStop;
    std::mutex m_mutex; ///< Guards what follows.
    std::condition_variable m_changed;
    std::map<std::uint64_t, std::string> m_arrived;
    std::uint64_t m_next = 0;
    std::uint64_t m_delivered = 0;
    std::optional<Error> m_error;
    bool m_ended = false;
};

} // namespace

bool mayPass(const Error& error) {
    constexpr std::uint64_t kTimeout = 408;
    constexpr std::uint64_t kTooMany = 429;
    if (error.code == ErrorCode::HttpRefused)
        return error.available == kTimeout || error.available == kTooMany ||
               error.available.value_or(0) >= 500;
    return error.code == ErrorCode::NoNetwork;
}

Result<void> fetchRanges(const RangeJob& job, const HubAccess& hub, const DownloadOptions& options,
                         const std::function<Result<void>(const char*, std::size_t)>& take,
                         const std::stop_token& stop) {
    return RangeFetcher(job, hub, options, stop).run(take);
}

} // namespace hearth
