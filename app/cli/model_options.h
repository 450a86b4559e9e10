#pragma once

#include "hearth/options.h"
#include "hearth/request.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace hearth::cli {

/// What every command that loads a model takes.
struct ModelOptions {
    std::string model = "starter";
    std::string dataDirectory;
    LoadOptions load;
    HostOptions host;

    void addTo(CLI::App& command);
};

/// How replies are drawn. Options that were not given keep the engine's defaults.
struct ReplyOptions {
    SamplingOptions sampling;
    std::int32_t maxTokens = 0;
    std::string system;

    void addTo(CLI::App& command);

};

/// CommandFailed (wrong usage) if an option is out of its range.
void requireValid(const SamplingOptions& sampling);

} // namespace hearth::cli
