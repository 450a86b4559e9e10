#include "serve/ollama/ollama_duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace hearth::serve {

namespace {

constexpr double kLongest = 1e9; ///< Seconds; some thirty years.

constexpr std::array<std::pair<std::string_view, double>, 7> kUnits{{{"ms", 1e-3},
                                                                     {"us", 1e-6},
                                                                     {"µs", 1e-6},
                                                                     {"ns", 1e-9},
                                                                     {"s", 1.0},
                                                                     {"m", 60.0},
                                                                     {"h", 3600.0}}};

/// The number and unit that `text` begins with, taken off it.
std::optional<double> takePart(std::string_view& text) {
    double number = 0.0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number,
                                                std::chars_format::fixed);
    if (problem != std::errc() || !std::isfinite(number) || number < 0.0)
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    for (const auto& [unit, seconds] : kUnits)
        if (text.starts_with(unit)) {
            text.remove_prefix(unit.size());
            return number * seconds;
        }
    return number == 0.0 && text.empty() ? std::optional(0.0) : std::nullopt;
}

} // namespace

std::chrono::seconds KeepAlive::idleTime() const {
    if (seconds < 0.0)
        return std::chrono::seconds(0);
    return std::chrono::seconds(static_cast<std::int64_t>(std::clamp(seconds, 1.0, kLongest)));
}

std::optional<double> parseGoDuration(std::string_view text) {
    const bool isNegative = text.starts_with('-');
    if (isNegative || text.starts_with('+'))
        text.remove_prefix(1);
    if (text.empty())
        return std::nullopt;
    double sum = 0.0;
    while (!text.empty()) {
        const std::optional<double> part = takePart(text);
        if (!part)
            return std::nullopt;
        sum += *part;
    }
    return isNegative ? -sum : sum;
}

FieldType<KeepAlive> keepAliveType() {
    FieldType<KeepAlive> words = text(1, 64).map([](const std::string&) { return KeepAlive{}; });
    words.read = [](const Json& value, Reading& reading) -> std::optional<KeepAlive> {
        const std::string& word = value.get_ref<const std::string&>();
        // Numbers in quotes are what some clients make of -1.
        const bool isBare = word.find_first_not_of("+-.0123456789") == std::string::npos;
        if (const auto seconds = parseGoDuration(isBare ? word + "s" : word))
            return KeepAlive{*seconds};
        reading.add("value_error", "Input should be a duration as \"5m\"");
        return std::nullopt;
    };
    return oneOf<KeepAlive>(
        {number(-kLongest, kLongest).map([](double seconds) { return KeepAlive{seconds}; }),
         std::move(words)});
}

} // namespace hearth::serve
