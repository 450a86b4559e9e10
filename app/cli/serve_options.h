#pragma once

#include "cli/model_options.h"
#include "hearth/server.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hearth::cli {

/// What `hearth serve` takes.
struct ServeOptions {
    ModelOptions model;
    ServerOptions server;
    std::vector<std::string> models; ///< Empty: the whole library.
    std::optional<std::int64_t> idleSeconds;
    std::int64_t drainSeconds = 30;

    void addTo(CLI::App& command);
    /// After parsing: adds the key of the environment (HEARTH_API_KEY) and checks.
    void complete();

private:
    std::vector<std::string> m_keys;
    std::int32_t m_instances = 0;

    void addAccess(CLI::App& command);
    void addLimits(CLI::App& command);
};

/// "NAME=SECRET", or a secret alone, which gets the name "key-`number`".
[[nodiscard]] ApiKey parseApiKey(const std::string& text, std::size_t number);

} // namespace hearth::cli
