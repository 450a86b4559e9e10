#pragma once

#include "serve/api/field_types.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace hearth::serve {

/// Ollama's keep_alive: seconds; 0: unload at once, negative: never.
struct KeepAlive {
    double seconds = 0.0;

    [[nodiscard]] bool unloads() const { return seconds == 0.0; }
    /// As ModelPool::keepFor() takes it.
    [[nodiscard]] std::chrono::seconds idleTime() const;
};

/// A duration as Go writes it: "300ms", "-1.5h", "2h45m", "0". Nothing if it is none.
[[nodiscard]] std::optional<double> parseGoDuration(std::string_view text);

/// A number of seconds, or a duration.
FieldType<KeepAlive> keepAliveType();

} // namespace hearth::serve
