#pragma once

#include "hearth/download.h"
#include "library/http_transfer.h"

#include <string>

namespace hearth {

/// Addresses of a hub, or of a mirror of it, and who may see the token. Immutable.
class HubAccess {
public:
    HubAccess(HubKind kind, const DownloadOptions& options);

    /// Without a slash at its end.
    [[nodiscard]] const std::string& endpoint() const { return m_endpoint; }
    [[nodiscard]] std::string fileAddress(const HubFile& file) const;
    /// Of the JSON that lists all files of a repository.
    [[nodiscard]] std::string listAddress(const HubRepository& repository) const;
    /// The token goes along to the endpoint's own origin only, encrypted or on this machine.
    [[nodiscard]] HttpRequest request(const std::string& address, bool headersOnly = false) const;

private:
    HubKind m_kind;
    std::string m_endpoint;
    std::string m_token;
};

/// HttpRefused by the address's host with that status.
[[nodiscard]] Failure refusedBy(const std::string& address, long status);
/// Of another code, naming the address's host.
[[nodiscard]] Failure failedAt(const std::string& address, ErrorCode code, std::string detail);

} // namespace hearth
