#pragma once

#include <CLI/CLI.hpp>

namespace hearth::cli {

/// Adds `hearth bench serve` to `hearth bench`.
void addBenchServe(CLI::App& bench);

} // namespace hearth::cli
