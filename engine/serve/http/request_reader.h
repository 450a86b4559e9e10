#pragma once

#include "serve/http/exchange.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// A request line and its headers, as they came.
struct RequestHead {
    Method method = Method::Other;
    std::string methodName;
    std::string target;
    std::vector<Header> headers; ///< Names in lower case.
    bool http11 = true;
    bool keepAlive = true;
    std::optional<std::uint64_t> contentLength;
    bool chunked = false;

    /// How often a header comes.
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] std::string_view value(std::string_view name) const; ///< Empty without.
};

/// Why a request can't be read.
struct RequestFault {
    int status = 400;
    std::string message;
};

/// Reads one request from bytes (RFC 9112); strict where servers and proxies could differ about
/// where it ends. Bounded: an endless header, chunk line or body fails. One thread.
class RequestReader {
public:
    struct Limits {
        std::size_t headerBytes = 0;
        std::size_t headers = 128;
        std::size_t targetBytes = 8192;
        std::size_t bodyBytes = 0;
    };
    enum class Progress : std::uint8_t {
        NeedMore,
        Head, ///< The head is complete; told once, before the body is looked at.
        Done,
        Failed, ///< See fault(); nothing more can be read.
    };

    explicit RequestReader(const Limits& limits);
    ~RequestReader();

    /// Takes bytes and says in `taken` how many; what was not taken must be offered again,
    /// with more behind it.
    Progress take(std::string_view bytes, std::size_t& taken);

    /// True once all was read, as it is behind the head of a request that has no body.
    [[nodiscard]] bool done() const;
    [[nodiscard]] RequestHead& head();
    /// Takes no more of a body than this from now on.
    void limitBody(std::size_t bytes);
    [[nodiscard]] std::string& body();
    [[nodiscard]] const RequestFault& fault() const;

private:
    class Parser;
    std::unique_ptr<Parser> m_parser;
};

} // namespace hearth::serve
