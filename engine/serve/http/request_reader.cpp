#include "serve/http/request_reader.h"

#include "base/lower_case.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/impl/basic_parser.hpp>

namespace hearth::serve {

namespace http = boost::beast::http;
namespace net = boost::asio;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

Method methodOf(http::verb verb) {
    switch (verb) {
    case http::verb::get:
        return Method::Get;
    case http::verb::head:
        return Method::Head;
    case http::verb::post:
        return Method::Post;
    case http::verb::put:
        return Method::Put;
    case http::verb::delete_:
        return Method::Delete;
    case http::verb::options:
        return Method::Options;
    default:
        return Method::Other;
    }
}

} // namespace

std::size_t RequestHead::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(headers.begin(), headers.end(),
                      [&](const Header& header) { return header.name == name; }));
}

std::string_view RequestHead::value(std::string_view name) const {
    for (const Header& header : headers)
        if (header.name == name)
            return header.value;
    return {};
}

/// Beast's parser with bounds of ours; what it reads goes to plain strings.
class RequestReader::Parser final : public http::basic_parser<true> {
public:
    explicit Parser(const Limits& limits) : m_limits(limits) {
        header_limit(static_cast<std::uint32_t>(limits.headerBytes));
        body_limit(boost::none); // checked here, to answer once the headers are known
        eager(false);
    }

    void limitBody(std::size_t bytes) { m_limits.bodyBytes = std::min(m_limits.bodyBytes, bytes); }

    Progress take(std::string_view bytes, std::size_t& taken) {
        taken = 0;
        while (!is_done()) {
            error_code error;
            const std::size_t used =
                put(net::const_buffer(bytes.data() + taken, bytes.size() - taken), error);
            taken += used;
            m_headBytes += is_header_done() ? 0 : used;
            if (error == http::error::need_more)
                return bytes.size() - taken > m_limits.headerBytes ? tooLong() : Progress::NeedMore;
            if (error)
                return failed(error);
            if (!is_header_done() && m_headBytes > m_limits.headerBytes)
                return tooLong();
            if (is_header_done() && !m_headTold)
                return finishHead();
            if (used == 0 && !is_done() && taken == bytes.size())
                return Progress::NeedMore;
        }
        if (!m_headTold)
            return finishHead();
        return Progress::Done;
    }

    RequestHead head;
    std::string body;
    RequestFault fault;

private:
    Progress refuse(int status, std::string message) {
        fault = {status, std::move(message)};
        return Progress::Failed;
    }

    Progress tooLong() {
        if (head.methodName.empty())
            return refuse(414, "The request line is too long.");
        if (!is_header_done())
            return refuse(431, "The request headers are too long.");
        return refuse(400, "A chunk of the request body has a line that is too long.");
    }

    Progress failed(const error_code& error) {
        if (fault.status != 0 && !fault.message.empty())
            return Progress::Failed;
        if (error == http::error::header_limit)
            return tooLong();
        if (error == http::error::bad_version)
            return refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
        return refuse(400, "The request is not valid HTTP: " + error.message() + ".");
    }

    /// Beast lets some framings pass that others read differently.
    Progress finishHead() {
        m_headTold = true;
        head.keepAlive = keep_alive();
        head.chunked = chunked();
        if (head.count("content-length") > 1)
            return refuse(400, "The request has more than one Content-Length.");
        const std::size_t encodings = head.count("transfer-encoding");
        if (encodings > 0 && head.count("content-length") > 0)
            return refuse(400, "The request has both Content-Length and Transfer-Encoding.");
        if (encodings > 0 && !head.http11)
            return refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
        if (encodings > 1 || (encodings == 1 &&
                              lowerCase(head.value("transfer-encoding")) != "chunked"))
            return refuse(501, "Transfer-Encoding can only be chunked.");
        if (const auto length = content_length())
            head.contentLength = *length;
        eager(true);
        return Progress::Head;
    }

    void stop(error_code& error, int status, std::string message) {
        fault = {status, std::move(message)};
        error = http::error::bad_value;
    }

    void on_request_impl(http::verb verb, string_view method, string_view target, int version,
                         error_code& error) override {
        head.method = methodOf(verb);
        head.methodName.assign(method.data(), method.size());
        head.target.assign(target.data(), target.size());
        head.http11 = version == 11;
        if (target.size() > m_limits.targetBytes)
            stop(error, 414, "The URI is too long.");
    }
    void on_response_impl(int, string_view, int, error_code&) override {}

    void on_field_impl(http::field, string_view name, string_view value,
                       error_code& error) override {
        if (is_header_done()) // a trailer
            return;
        if (head.headers.size() >= m_limits.headers)
            return stop(error, 431, "The request has too many headers.");
        head.headers.push_back({lowerCase(name), std::string(value.data(), value.size())});
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    std::size_t append(string_view bytes, error_code& error) {
        if (bytes.size() > m_limits.bodyBytes - std::min(body.size(), m_limits.bodyBytes)) {
            stop(error, 413, "The request body is too large.");
            return 0;
        }
        body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_body_impl(string_view bytes, error_code& error) override {
        return append(bytes, error);
    }
    void on_chunk_header_impl(std::uint64_t size, string_view, error_code& error) override {
        if (size > m_limits.bodyBytes)
            stop(error, 413, "The request body is too large.");
    }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
        return append(bytes, error);
    }
    void on_finish_impl(error_code&) override {}

    Limits m_limits;
    std::size_t m_headBytes = 0;
    bool m_headTold = false;
};

RequestReader::RequestReader(const Limits& limits) : m_parser(std::make_unique<Parser>(limits)) {}
RequestReader::~RequestReader() = default;

RequestReader::Progress RequestReader::take(std::string_view bytes, std::size_t& taken) {
    return m_parser->take(bytes, taken);
}
bool RequestReader::done() const {
    return m_parser->is_done();
}
void RequestReader::limitBody(std::size_t bytes) {
    m_parser->limitBody(bytes);
}
RequestHead& RequestReader::head() {
    return m_parser->head;
}
std::string& RequestReader::body() {
    return m_parser->body;
}
const RequestFault& RequestReader::fault() const {
    return m_parser->fault;
}

} // namespace hearth::serve
