#include "library/hub_access.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace hearth {

namespace {

constexpr std::string_view kHuggingFace = "https://huggingface.co";
constexpr std::string_view kModelScope = "https://modelscope.cn";

std::string environmentOr(const char* name, std::string_view otherwise) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr && *value != '\0' ? std::string_view(value) : otherwise);
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

bool isSafeForToken(const std::string& address) {
    const std::string host = hostOf(address);
    return address.starts_with("https://") || host == "127.0.0.1" || host == "localhost" ||
           host == "[::1]";
}

} // namespace

HubAccess::HubAccess(HubKind kind, const DownloadOptions& options)
    : m_kind(kind), m_endpoint(options.endpoint), m_token(options.token) {
    const bool isModelScope = kind == HubKind::ModelScope;
    if (m_endpoint.empty())
        m_endpoint = isModelScope ? environmentOr("MODELSCOPE_ENDPOINT", kModelScope)
                                  : environmentOr("HF_ENDPOINT", kHuggingFace);
    if (m_token.empty())
        m_token = environmentOr(isModelScope ? "MODELSCOPE_API_TOKEN" : "HF_TOKEN", "");
    while (m_endpoint.ends_with('/'))
        m_endpoint.pop_back();
}

std::string HubAccess::fileAddress(const HubFile& file) const {
    const std::string root =
        m_kind == HubKind::ModelScope ? m_endpoint + "/models/" : m_endpoint + "/";
    return root + escaped(file.repository) + "/resolve/" + escaped(file.revision) + "/" +
           escaped(file.file);
}

std::string HubAccess::listAddress(const HubRepository& repository) const {
    if (m_kind == HubKind::ModelScope)
        return m_endpoint + "/api/v1/models/" + escaped(repository.name) +
               "/repo/files?Recursive=True&Revision=" + escaped(repository.revision);
    return m_endpoint + "/api/models/" + escaped(repository.name) + "/tree/" +
           escaped(repository.revision) + "?recursive=true";
}

HttpRequest HubAccess::request(const std::string& address, bool headersOnly) const {
    HttpRequest request;
    request.url = address;
    request.headersOnly = headersOnly;
    if (!m_token.empty() && originOf(address) == originOf(m_endpoint) && isSafeForToken(address))
        request.bearer = m_token;
    return request;
}

Failure failedAt(const std::string& address, ErrorCode code, std::string detail) {
    Error error;
    error.code = code;
    error.field = hostOf(address);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Failure refusedBy(const std::string& address, long status) {
    Error error;
    error.code = ErrorCode::HttpRefused;
    error.field = hostOf(address);
    error.available = std::uint64_t(std::max(status, 0L));
    return fail(std::move(error));
}

} // namespace hearth
