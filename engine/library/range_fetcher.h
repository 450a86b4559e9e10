#pragma once

#include "hearth/download.h"
#include "library/hub_access.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace hearth {

/// The rest of a file, and where it lies.
struct RangeJob {
    std::string address;
    std::string etag; ///< A strong one goes along as If-Range; empty: none.
    std::uint64_t from = 0;
    std::uint64_t end = 0; ///< The file's size.
};

/// True if an error may pass by itself.
[[nodiscard]] bool mayPass(const Error& error);

/// Fetches ranges of a file over several connections and gives their bytes to `take` in order, on
/// the caller's thread. A range that is cut or wrong is fetched again by itself, as often as the
/// options say; at most two ranges a connection wait in memory. Errors: those of HttpTransfer and
/// of `take`; Unsupported if the server ignores ranges, before `take` was called.
Result<void> fetchRanges(const RangeJob& job, const HubAccess& hub, const DownloadOptions& options,
                         const std::function<Result<void>(const char*, std::size_t)>& take,
                         const std::stop_token& stop);

} // namespace hearth
