#include "library/http_transfer.h"

#include "base/lower_case.h"

#include <charconv>
#include <utility>

#include <curl/curl.h>

namespace hearth {

namespace {

constexpr int kPollMilliseconds = 200;
constexpr std::size_t kMaxHeaders = 200;
constexpr std::size_t kMaxHeaderBytes = 16 << 10;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string partOf(const std::string& url, CURLUPart part, unsigned int flags = 0) {
    const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return {};
    char* text = nullptr;
    if (curl_url_get(parsed.get(), part, &text, flags) != CURLUE_OK)
        return {};
    std::string result = lowerCase(text);
    curl_free(text);
    return result;
}

Failure failure(ErrorCode code, const std::string& url, std::string detail) {
    Error error;
    error.code = code;
    error.field = hostOf(url);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

ErrorCode codeOf(CURLcode code, std::string_view words) {
    const auto says = [&](std::string_view part) {
        return words.find(part) != std::string_view::npos;
    };
    // A connection that is cut while it is being encrypted says nothing about trust.
    if (code == CURLE_SSL_CONNECT_ERROR &&
        (says("reset by peer") || says("SSL_ERROR_SYSCALL") || says("unexpected eof")))
        return ErrorCode::NoNetwork;
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return ErrorCode::TlsFailed;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return ErrorCode::WrongContent;
    default:
        return ErrorCode::NoNetwork;
    }
}

} // namespace

std::string HttpResponse::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

std::optional<std::uint64_t> HttpResponse::number(const std::string& name) const {
    const std::string text = header(name);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::string originOf(const std::string& url) {
    const std::string scheme = partOf(url, CURLUPART_SCHEME);
    const std::string host = hostOf(url);
    if ((scheme != "http" && scheme != "https") || host.empty())
        return {};
    return scheme + "://" + host + ":" + partOf(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string hostOf(const std::string& url) {
    return partOf(url, CURLUPART_HOST);
}

struct HttpTransfer::Handles {
    CURL* easy = curl_easy_init();
    CURLM* multi = curl_multi_init();
    curl_slist* headers = nullptr;

    ~Handles() {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
        curl_slist_free_all(headers);
    }
};

/// What curl's callbacks see of a running request.
class HttpTransfer::Call {
public:
    Call(CURL* easy, const HttpRequest& request, const Receiver& receiver)
        : m_easy(easy), m_request(request), m_receiver(receiver) {}

    static std::size_t onHeader(char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<Call*>(self)->takeHeader({data, size}) ? size : 0;
    }
    static std::size_t onBody(char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<Call*>(self)->takeBody(data, size) ? size : 0;
    }

    [[nodiscard]] bool isStalled(std::chrono::milliseconds limit) const {
        return std::chrono::steady_clock::now() - m_lastByte > limit;
    }
    /// A body that nobody wants was cut off by us.
    [[nodiscard]] bool isDone() const { return m_isDone; }
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

    /// Also for replies without a body.
    Result<void> begin() {
        if (!std::exchange(m_hasBegun, true)) {
            curl_easy_getinfo(m_easy, CURLINFO_RESPONSE_CODE, &response.status);
            char* redirect = nullptr;
            curl_easy_getinfo(m_easy, CURLINFO_REDIRECT_URL, &redirect);
            response.redirect = redirect == nullptr ? "" : redirect;
            if (m_receiver.begin && response.redirect.empty())
                return m_receiver.begin(response);
        }
        return {};
    }

    HttpResponse response;

private:
    bool takeHeader(std::string_view line) {
        m_lastByte = std::chrono::steady_clock::now();
        // A status line begins a new reply, as after "100 Continue".
        if (line.starts_with("HTTP/"))
            response.headers.clear();
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos)
            return true;
        if (response.headers.size() >= kMaxHeaders || line.size() > kMaxHeaderBytes)
            return reject(
                failure(ErrorCode::WrongContent, m_request.url, "too many headers").error);
        response.headers[lowerCase(trimmed(line.substr(0, colon)))] =
            std::string(trimmed(line.substr(colon + 1)));
        return true;
    }

    bool takeBody(const char* data, std::size_t size) {
        m_lastByte = std::chrono::steady_clock::now();
        if (auto begun = begin(); !begun)
            return reject(begun.error());
        if (!m_receiver.take || !response.redirect.empty()) {
            m_isDone = true;
            return false;
        }
        if (auto taken = m_receiver.take(data, size); !taken)
            return reject(taken.error());
        return true;
    }

    bool reject(Error error) {
        m_error = std::move(error);
        return false;
    }

    CURL* m_easy;
    const HttpRequest& m_request;
    const Receiver& m_receiver;
    std::optional<Error> m_error;
    std::chrono::steady_clock::time_point m_lastByte = std::chrono::steady_clock::now();
    bool m_hasBegun = false;
    bool m_isDone = false;
};

HttpTransfer::HttpTransfer(const DownloadOptions& options, std::stop_token stop)
    : m_options(options), m_stop(std::move(stop)) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(ready);
    m_handles = std::make_unique<Handles>();
}

HttpTransfer::~HttpTransfer() = default;

Result<HttpResponse> HttpTransfer::run(const HttpRequest& request, const Receiver& receiver) {
    CURL* const easy = m_handles->easy;
    CURLM* const multi = m_handles->multi;
    if (easy == nullptr || multi == nullptr)
        return fail(ErrorCode::OutOfMemory, "libcurl");
    curl_easy_reset(easy);
    curl_slist_free_all(std::exchange(m_handles->headers, nullptr));
    const auto addHeader = [this](const std::string& line) {
        m_handles->headers = curl_slist_append(m_handles->headers, line.c_str());
    };
    Call call(easy, request, receiver);
    char words[CURL_ERROR_SIZE] = {};
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, request.headersOnly ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long(m_options.connectTimeout.count()));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "hearth");
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Call::onHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Call::onBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call);
    if (!m_options.proxy.empty())
        curl_easy_setopt(easy, CURLOPT_PROXY, m_options.proxy.c_str());
    if (!request.bearer.empty())
        addHeader("Authorization: Bearer " + request.bearer);
    if (request.from)
        addHeader("Range: bytes=" + std::to_string(*request.from) + "-" +
                  (request.to ? std::to_string(*request.to) : std::string()));
    if (!request.ifRange.empty())
        addHeader("If-Range: " + request.ifRange);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, m_handles->headers);

    curl_multi_add_handle(multi, easy);
    // However the request ends, curl must not keep what is ours only until then.
    auto detach = [multi](CURL* handle) {
        curl_multi_remove_handle(multi, handle);
        curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
    };
    const std::unique_ptr<CURL, decltype(detach)> attached(easy, detach);
    const std::stop_callback wake(m_stop, [multi] { curl_multi_wakeup(multi); });
    int running = 1;
    while (running > 0) {
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        if (call.isStalled(m_options.stallTimeout))
            return failure(ErrorCode::NoNetwork, request.url, "nothing has arrived for too long");
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return fail(ErrorCode::Internal, "libcurl");
        if (running > 0)
            curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
    }
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi, &left);
    const CURLcode code = message == nullptr ? CURLE_RECV_ERROR : message->data.result;
    if (call.error())
        return fail(*call.error());
    if (code != CURLE_OK && !call.isDone())
        return failure(codeOf(code, words), request.url,
                       words[0] != '\0' ? words : curl_easy_strerror(code));
    HEARTH_TRY(call.begin());
    return std::move(call.response);
}

} // namespace hearth
