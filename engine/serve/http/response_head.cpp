#include "serve/http/response_head.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hearth::serve {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 38> kReasons{{
    {100, "Continue"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
    {206, "Partial Content"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
    {304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
    {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
    {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
    {409, "Conflict"}, {410, "Gone"}, {411, "Length Required"}, {412, "Precondition Failed"},
    {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
    {417, "Expectation Failed"}, {422, "Unprocessable Content"}, {424, "Failed Dependency"},
    {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"}, {500, "Internal Server Error"}, {501, "Not Implemented"},
    {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

bool isSafe(const Header& header) {
    const auto breaks = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t';
    };
    return !header.name.empty() && std::none_of(header.name.begin(), header.name.end(), breaks) &&
           header.name.find(':') == std::string::npos &&
           std::none_of(header.value.begin(), header.value.end(), breaks);
}

void append(std::string& text, const std::vector<Header>& headers) {
    for (const Header& header : headers)
        if (isSafe(header))
            text.append(header.name).append(": ").append(header.value).append("\r\n");
}

} // namespace

std::string_view reasonPhrase(int status) {
    const auto* found = std::find_if(kReasons.begin(), kReasons.end(),
                                     [&](const auto& reason) { return reason.first == status; });
    return found == kReasons.end() ? "Unknown" : found->second;
}

std::string responseHead(const ResponseHead& head, const std::vector<Header>& common,
                         const std::vector<Header>& own) {
    std::string text;
    text.reserve(512);
    auto out = std::back_inserter(text);
    fmt::format_to(out, "HTTP/1.{} {} {}\r\n", head.version == HttpVersion::Http11 ? 1 : 0,
                   head.status, reasonPhrase(head.status));
    fmt::format_to(out, "date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n",
                   fmt::gmtime(std::time(nullptr)));
    if (!head.contentType.empty() && head.framing != BodyFraming::None)
        fmt::format_to(out, "content-type: {}\r\n", head.contentType);
    if (head.framing == BodyFraming::Length)
        fmt::format_to(out, "content-length: {}\r\n", head.length);
    if (head.framing == BodyFraming::Chunked)
        text += "transfer-encoding: chunked\r\n";
    if (!head.keepAlive)
        text += "connection: close\r\n";
    else if (head.version == HttpVersion::Http10)
        text += "connection: keep-alive\r\n";
    append(text, common);
    append(text, own);
    text += "\r\n";
    return text;
}

} // namespace hearth::serve
