#include "hearth/download.h"

#include "library/download_target.h"
#include "library/http_transfer.h"
#include "library/hub_access.h"
#include "library/range_fetcher.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kMagic = "GGUF";
constexpr int kMaxRedirects = 8;
constexpr std::chrono::seconds kLongestWait(60);
constexpr std::chrono::seconds kRateWindow(8);
constexpr long kOk = 200;
constexpr long kPartial = 206;
constexpr long kRangeNotSatisfiable = 416;

/// `"abc"` → abc; a weak tag is none.
std::string unquoted(const std::string& tag) {
    return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"'
               ? tag.substr(1, tag.size() - 2)
               : tag;
}

/// How fast bytes have come in the last seconds.
class Rate {
public:
    void add(std::uint64_t done) {
        const auto now = Clock::now();
        m_points.emplace_back(now, done);
        while (m_points.size() > 2 && now - m_points.front().first > kRateWindow)
            m_points.pop_front();
        // Many small pieces must not make a long list.
        if (m_points.size() > 2 &&
            now - m_points[m_points.size() - 3].first < std::chrono::milliseconds(100))
            m_points.erase(m_points.end() - 2);
    }
    [[nodiscard]] double bytesPerSecond() const {
        if (m_points.size() < 2)
            return 0.0;
        const std::chrono::duration<double> span = m_points.back().first - m_points.front().first;
        const double bytes = double(m_points.back().second) - double(m_points.front().second);
        return span.count() < 0.2 ? 0.0 : std::max(bytes, 0.0) / span.count();
    }

private:
    std::deque<std::pair<Clock::time_point, std::uint64_t>> m_points;
};

/// Where to ask for a file, and what the hub says about it.
struct Located {
    std::string url;
    RemoteFile remote;
    std::string etag; ///< Of the server that has the bytes, where it was asked.
};

class Download {
public:
    Download(const HubFile& file, const DownloadOptions& options, const DownloadObserver& observer,
             const std::stop_token& stop, DownloadTarget target)
        : m_file(file), m_options(options), m_observer(observer), m_stop(stop)
        , m_target(std::move(target)), m_http(options, stop), m_hub(file.hub, options) {}

    Result<std::string> run() {
        bool hasStartedAnew = false;
        while (true) {
            HEARTH_TRY(fetch());
            auto verified = verify();
            // What was there from before may be what is wrong.
            if (!verified && verified.error().code == ErrorCode::WrongChecksum && m_hasResumed &&
                !std::exchange(hasStartedAnew, true))
                continue;
            HEARTH_TRY(std::move(verified));
            HEARTH_TRY(m_target.finish());
            return m_target.path().string();
        }
    }

private:
    /// Until the part has every byte.
    Result<void> fetch() {
        int failed = 0;
        while (true) {
            const std::uint64_t before = m_received;
            auto got = attempt();
            if (got && m_remote && m_target.bytes() == m_remote->bytes)
                return {};
            const Error error =
                got ? failedAt(m_hub.endpoint(), ErrorCode::NoNetwork, "the transfer was cut").error
                    : got.error();
            failed = m_received > before ? 1 : failed + 1;
            if (!mayPass(error) || failed >= m_options.attempts)
                return fail(error);
            HEARTH_TRY(wait(failed, error));
        }
    }

    Result<void> attempt() {
        m_retryAfter.reset();
        tell(DownloadPhase::Connecting);
        HEARTH_TRY_ASSIGN(const Located located, locate());
        m_remote = located.remote;
        HEARTH_TRY(m_target.begin(located.remote));
        if (m_target.bytes() == located.remote.bytes)
            return {};
        HEARTH_TRY(m_target.checkSpace(located.remote, m_options.spareBytes));
        if (m_mayUseRanges && m_options.connections > 1 && m_options.rangeBytes > 0 &&
            located.remote.bytes - m_target.bytes() > 2 * m_options.rangeBytes)
            return receiveRanges(located);
        return receive(located);
    }

    /// Follows redirects with HEAD until size and digest are known. Where the bytes lie HEAD may be
    /// refused: such addresses are signed for GET.
    Result<Located> locate() {
        Located located{m_hub.fileAddress(m_file),
                        {m_file.approximateBytes, *ContentDigest::parse(std::string(64, '0'))},
                        {}};
        std::optional<ContentDigest> digest = ContentDigest::parse(m_file.digest);
        std::optional<std::uint64_t> bytes;
        if (digest) {
            located.remote.digest = *digest;
            return located;
        }
        for (int hop = 0; hop <= kMaxRedirects; ++hop) {
            HEARTH_TRY_ASSIGN(const HttpResponse response,
                              m_http.run(m_hub.request(located.url, true)));
            noteRetryAfter(response);
            // A mirror's redirect may lead to the hub itself, which tells too.
            if (!digest)
                digest = ContentDigest::parse(unquoted(response.header("x-linked-etag")));
            if (!bytes)
                bytes = response.number("x-linked-size");
            if (!response.redirect.empty()) {
                located.url = response.redirect;
                if (!digest || !bytes)
                    continue;
                located.remote = {*bytes, *digest};
                return located;
            }
            if (response.status != kOk)
                return refusedBy(located.url, response.status);
            if (!digest)
                digest = ContentDigest::parse(unquoted(response.header("etag")));
            if (!bytes)
                bytes = response.number("content-length");
            if (response.header("content-type").starts_with("text/html"))
                return failedAt(located.url, ErrorCode::WrongContent, "a web page");
            if (!digest || !bytes || *bytes == 0)
                return failedAt(located.url, ErrorCode::WrongContent,
                                "no checksum or size of the file");
            located.remote = {*bytes, *digest};
            located.etag = response.header("etag");
            return located;
        }
        return failedAt(located.url, ErrorCode::WrongContent, "redirects without end");
    }

    /// Over several connections; of a server that ignores ranges, the next attempt takes all.
    Result<void> receiveRanges(const Located& located) {
        const RangeJob job{located.url, located.etag, m_target.bytes(), located.remote.bytes};
        m_hasResumed = job.from > 0;
        auto received = fetchRanges(
            job, m_hub, m_options,
            [&](const char* data, std::size_t size) { return takeBody(located, data, size); },
            m_stop);
        if (received || received.error().code != ErrorCode::Unsupported)
            return received;
        m_mayUseRanges = false;
        return receive(located);
    }

    Result<void> receive(Located located) {
        HttpRequest request;
        const HttpTransfer::Receiver receiver{
            [&](const HttpResponse& response) { return beginBody(located, request, response); },
            [&](const char* data, std::size_t size) { return takeBody(located, data, size); }};
        for (int hop = 0; hop <= kMaxRedirects; ++hop) {
            request = m_hub.request(located.url);
            if (m_target.bytes() > 0) {
                request.from = m_target.bytes();
                // Only a strong tag may decide.
                if (located.etag.starts_with('"'))
                    request.ifRange = located.etag;
            }
            const auto response = m_http.run(request, receiver);
            if (!response)
                return rangeRefused(response.error()) ? anew(located.url) : fail(response.error());
            if (response->redirect.empty())
                return {};
            located.url = response->redirect;
        }
        return failedAt(located.url, ErrorCode::WrongContent, "redirects without end");
    }

    static bool rangeRefused(const Error& error) {
        return error.code == ErrorCode::HttpRefused && error.available == kRangeNotSatisfiable;
    }

    /// The next attempt asks for the whole file.
    Failure anew(const std::string& url) {
        m_hasResumed = false;
        if (auto restarted = m_target.restart(); !restarted)
            return fail(std::move(restarted).error());
        return failedAt(url, ErrorCode::NoNetwork, "another range than was asked");
    }

    Result<void> beginBody(const Located& located, const HttpRequest& request,
                           const HttpResponse& response) {
        noteRetryAfter(response);
        if (response.status != kOk && response.status != kPartial)
            return refusedBy(located.url, response.status);
        const std::uint64_t from = request.from.value_or(0);
        const std::uint64_t left = located.remote.bytes - from;
        if (response.status == kPartial) {
            const std::string expected = "bytes " + std::to_string(from) + "-" +
                                         std::to_string(located.remote.bytes - 1) + "/" +
                                         std::to_string(located.remote.bytes);
            if (!request.from || response.header("content-range") != expected)
                return anew(located.url);
            m_hasResumed = true;
            return checkLength(located, response, left);
        }
        // The server ignores ranges, or has another file by now.
        if (from > 0)
            HEARTH_TRY(m_target.restart());
        m_hasResumed = false;
        if (response.header("content-type").starts_with("text/html"))
            return failedAt(located.url, ErrorCode::WrongContent, "a web page");
        return checkLength(located, response, located.remote.bytes);
    }

    static Result<void> checkLength(const Located& located, const HttpResponse& response,
                                    std::uint64_t expected) {
        const auto length = response.number("content-length");
        if (length && *length != expected)
            return failedAt(located.url, ErrorCode::WrongContent,
                            "a file of another size than the hub says");
        return {};
    }

    Result<void> takeBody(const Located& located, const char* data, std::size_t size) {
        if (size > located.remote.bytes - m_target.bytes())
            return failedAt(located.url, ErrorCode::WrongContent, "more bytes than the file has");
        const std::uint64_t at = m_target.bytes();
        const bool isGguf = m_file.file.ends_with(".gguf");
        for (std::size_t i = 0; isGguf && i < size && at + i < kMagic.size(); ++i)
            if (data[i] != kMagic[at + i])
                return failedAt(located.url, ErrorCode::WrongContent, "no GGUF file");
        HEARTH_TRY(m_target.append(data, size));
        m_received += size;
        m_rate.add(m_received);
        tell(DownloadPhase::Receiving);
        return {};
    }

    Result<void> verify() {
        const auto digest = m_remote->digest.ofFile(
            m_target.partPath(),
            [this](std::uint64_t done) {
                tellProgress({DownloadPhase::Verifying, done, m_remote->bytes, 0.0, -1.0, {}});
            },
            m_stop);
        if (!digest)
            return fail(digest.error());
        if (*digest == m_remote->digest)
            return {};
        HEARTH_TRY(m_target.restart());
        Error error;
        error.code = ErrorCode::WrongChecksum;
        error.path = m_target.path().string();
        return fail(std::move(error));
    }

    void noteRetryAfter(const HttpResponse& response) {
        if (const auto seconds = response.number("retry-after"))
            m_retryAfter = std::chrono::seconds(std::min<std::uint64_t>(
                *seconds, std::uint64_t(kLongestWait.count())));
    }

    Result<void> wait(int failed, const Error& error) {
        std::chrono::milliseconds span = m_options.firstWait * (1 << std::min(failed - 1, 6));
        if (m_retryAfter)
            span = std::max<std::chrono::milliseconds>(span, *m_retryAfter);
        span = std::min<std::chrono::milliseconds>(span, kLongestWait);
        tell(DownloadPhase::Waiting, error.code);
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any timer;
        timer.wait_for(lock, m_stop, span, [] { return false; });
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        return {};
    }

    void tell(DownloadPhase phase, ErrorCode problem = ErrorCode::Internal) {
        DownloadProgress progress;
        progress.phase = phase;
        progress.problem = problem;
        progress.doneBytes = m_target.bytes();
        progress.totalBytes = m_remote ? m_remote->bytes : m_file.approximateBytes;
        if (phase == DownloadPhase::Receiving) {
            progress.bytesPerSecond = m_rate.bytesPerSecond();
            if (progress.bytesPerSecond > 0 && progress.totalBytes >= progress.doneBytes)
                progress.secondsLeft =
                    double(progress.totalBytes - progress.doneBytes) / progress.bytesPerSecond;
        }
        tellProgress(progress);
    }

    void tellProgress(const DownloadProgress& progress) const {
        if (m_observer)
            m_observer(progress);
    }

    const HubFile& m_file;
    const DownloadOptions& m_options;
    const DownloadObserver& m_observer;
    const std::stop_token m_stop;
    DownloadTarget m_target;
    HttpTransfer m_http;
    const HubAccess m_hub;
    std::optional<RemoteFile> m_remote;
    std::optional<std::chrono::seconds> m_retryAfter;
    std::uint64_t m_received = 0; ///< In all attempts.
    bool m_hasResumed = false;
    bool m_mayUseRanges = true;
    Rate m_rate;
};

} // namespace

Result<std::string> downloadFromHub(const HubFile& file, const std::string& folder,
                                    const DownloadOptions& options,
                                    const DownloadObserver& observer,
                                    const std::stop_token& stop) {
    HEARTH_TRY_ASSIGN(DownloadTarget target, DownloadTarget::open(file, folder));
    std::error_code ignored;
    const std::uintmax_t present = fs::file_size(target.path(), ignored);
    // Of a listed file the size is known: another one is not it.
    if (!ignored && (file.digest.empty() || present == file.approximateBytes))
        return target.path().string();
    return Download(file, options, observer, stop, std::move(target)).run();
}

bool hasNetworkRoute() {
    // IPv4: "Iface Destination Gateway …", IPv6: "DEST LENGTH …", both with the device's name.
    std::ifstream four("/proc/net/route");
    std::string line;
    std::getline(four, line);
    while (std::getline(four, line))
        if (!line.starts_with("lo\t") && line.find("\t00000000\t") != std::string::npos)
            return true;
    std::ifstream six("/proc/net/ipv6_route");
    while (std::getline(six, line))
        if (line.starts_with(std::string(32, '0') + " 00 ") && !line.ends_with(" lo"))
            return true;
    return false;
}

} // namespace hearth
