#pragma once

#include <CLI/CLI.hpp>

namespace hearth::cli {

/// Adds `hearth serve api_client URL` to `hearth serve`.
void addApiClient(CLI::App& serve);

} // namespace hearth::cli
