#pragma once

#include "hearth/result.h"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth {

struct ChildResult {
    int status = -1;    ///< Exit status; -1: it was killed.
    std::string errors; ///< The end of what it wrote on either output.
};

/// Runs a program, found by PATH, without input, in a process group of its own, which is killed
/// when `stop` is asked for. `tick` is called several times a second. `environment`: "NAME=value",
/// set over ours. Errors: ToolMissing if it can't be started, Cancelled, Io.
Result<ChildResult> runChild(const std::vector<std::string>& arguments,
                             const std::vector<std::string>& environment,
                             const std::stop_token& stop, const std::function<void()>& tick);

} // namespace hearth
