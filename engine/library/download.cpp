#include "hearth/download.h"

#include "library/download_target.h"
#include "library/http_transfer.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <mutex>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kHub = "https://huggingface.co";
constexpr std::string_view kMagic = "GGUF";
constexpr int kMaxRedirects = 8;
constexpr std::chrono::seconds kLongestWait(60);
constexpr std::chrono::seconds kRateWindow(8);
constexpr long kOk = 200;
constexpr long kPartial = 206;
constexpr long kRangeNotSatisfiable = 416;
constexpr long kTooManyRequests = 429;

std::string environmentOr(const char* name, std::string_view otherwise) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr && *value != '\0' ? std::string_view(value) : otherwise);
}

Failure failure(ErrorCode code, const std::string& url, std::string detail) {
    Error error;
    error.code = code;
    error.field = hostOf(url);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Failure refused(const std::string& url, long status) {
    Error error;
    error.code = ErrorCode::HttpRefused;
    error.field = hostOf(url);
    error.available = std::uint64_t(std::max(status, 0L));
    return fail(std::move(error));
}

/// A path's letters as they stand in an address.
std::string escaped(const std::string& path) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string result;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos)
            result += c;
        else
            result += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return result;
}

bool isSafeForToken(const std::string& url) {
    const std::string host = hostOf(url);
    return url.starts_with("https://") || host == "127.0.0.1" || host == "localhost" ||
           host == "[::1]";
}

/// `"abc"` → abc; a weak tag is none.
std::string unquoted(const std::string& tag) {
    return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"'
               ? tag.substr(1, tag.size() - 2)
               : tag;
}

bool isTransient(const Error& error) {
    if (error.code == ErrorCode::HttpRefused)
        return error.available == kTooManyRequests || error.available == 408 ||
               error.available.value_or(0) >= 500;
    return error.code == ErrorCode::NoNetwork;
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
        , m_target(std::move(target)), m_http(options, stop)
        , m_endpoint(options.endpoint.empty() ? environmentOr("HF_ENDPOINT", kHub)
                                              : options.endpoint)
        , m_token(options.token.empty() ? environmentOr("HF_TOKEN", "") : options.token) {
        while (m_endpoint.ends_with('/'))
            m_endpoint.pop_back();
    }

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
            Error error = got ? failure(ErrorCode::NoNetwork, m_endpoint, "the transfer was cut").error
                              : got.error();
            failed = m_received > before ? 1 : failed + 1;
            if (!isTransient(error) || failed >= m_options.attempts)
                return fail(std::move(error));
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
        return receive(located);
    }

    /// Follows redirects with HEAD until size and digest are known. Where the bytes lie HEAD may be
    /// refused: such addresses are signed for GET.
    Result<Located> locate() {
        Located located{m_endpoint + "/" + escaped(m_file.repository) + "/resolve/" +
                            escaped(m_file.revision) + "/" + escaped(m_file.file),
                        {0, *Sha256::parse(std::string(64, '0'))},
                        {}};
        std::optional<Sha256> digest;
        std::optional<std::uint64_t> bytes;
        for (int hop = 0; hop <= kMaxRedirects; ++hop) {
            HEARTH_TRY_ASSIGN(const HttpResponse response, m_http.run(requestFor(located.url, true)));
            noteRetryAfter(response);
            // A mirror's redirect may lead to the hub itself, which tells too.
            if (!digest)
                digest = Sha256::parse(unquoted(response.header("x-linked-etag")));
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
                return refused(located.url, response.status);
            if (!digest)
                digest = Sha256::parse(unquoted(response.header("etag")));
            if (!bytes)
                bytes = response.number("content-length");
            if (response.header("content-type").starts_with("text/html"))
                return failure(ErrorCode::WrongContent, located.url, "a web page");
            if (!digest || !bytes || *bytes == 0)
                return failure(ErrorCode::WrongContent, located.url,
                               "no checksum or size of the file");
            located.remote = {*bytes, *digest};
            located.etag = response.header("etag");
            return located;
        }
        return failure(ErrorCode::WrongContent, located.url, "redirects without end");
    }

    [[nodiscard]] HttpRequest requestFor(const std::string& url, bool headersOnly) const {
        HttpRequest request;
        request.url = url;
        request.headersOnly = headersOnly;
        if (!m_token.empty() && originOf(url) == originOf(m_endpoint) && isSafeForToken(url))
            request.bearer = m_token;
        return request;
    }

    Result<void> receive(Located located) {
        HttpRequest request;
        const HttpTransfer::Receiver receiver{
            [&](const HttpResponse& response) { return beginBody(located, request, response); },
            [&](const char* data, std::size_t size) { return takeBody(located, data, size); }};
        for (int hop = 0; hop <= kMaxRedirects; ++hop) {
            request = requestFor(located.url, false);
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
        return failure(ErrorCode::WrongContent, located.url, "redirects without end");
    }

    static bool rangeRefused(const Error& error) {
        return error.code == ErrorCode::HttpRefused && error.available == kRangeNotSatisfiable;
    }

    /// The next attempt asks for the whole file.
    Failure anew(const std::string& url) {
        m_hasResumed = false;
        if (auto restarted = m_target.restart(); !restarted)
            return fail(std::move(restarted).error());
        return failure(ErrorCode::NoNetwork, url, "another range than was asked");
    }

    Result<void> beginBody(const Located& located, const HttpRequest& request,
                           const HttpResponse& response) {
        noteRetryAfter(response);
        if (response.status != kOk && response.status != kPartial)
            return refused(located.url, response.status);
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
            return failure(ErrorCode::WrongContent, located.url, "a web page");
        return checkLength(located, response, located.remote.bytes);
    }

    static Result<void> checkLength(const Located& located, const HttpResponse& response,
                                    std::uint64_t expected) {
        const auto length = response.number("content-length");
        if (length && *length != expected)
            return failure(ErrorCode::WrongContent, located.url,
                           "a file of another size than the hub says");
        return {};
    }

    Result<void> takeBody(const Located& located, const char* data, std::size_t size) {
        if (size > located.remote.bytes - m_target.bytes())
            return failure(ErrorCode::WrongContent, located.url, "more bytes than the file has");
        const std::uint64_t at = m_target.bytes();
        for (std::size_t i = 0; i < size && at + i < kMagic.size(); ++i)
            if (data[i] != kMagic[at + i])
                return failure(ErrorCode::WrongContent, located.url, "no GGUF file");
        HEARTH_TRY(m_target.append(data, size));
        m_received += size;
        m_rate.add(m_received);
        tell(DownloadPhase::Receiving);
        return {};
    }

    Result<void> verify() {
        const auto digest = sha256OfFile(
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
    std::string m_endpoint;
    const std::string m_token;
    std::optional<RemoteFile> m_remote;
    std::optional<std::chrono::seconds> m_retryAfter;
    std::uint64_t m_received = 0; ///< In all attempts.
    bool m_hasResumed = false;
    Rate m_rate;
};

} // namespace

Result<std::string> downloadFromHub(const HubFile& file, const std::string& folder,
                                    const DownloadOptions& options,
                                    const DownloadObserver& observer,
                                    const std::stop_token& stop) {
    HEARTH_TRY_ASSIGN(DownloadTarget target, DownloadTarget::open(file, folder));
    std::error_code ignored;
    if (fs::exists(target.path(), ignored))
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
