#include "cli/ranges.h"

#include <string>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

template<typename Number>
CLI::Validator check(Number least, Number most, const char* kind, bool isMostTold) {
    const std::string bounds = isMostTold ? fmt::format("{} to {}", least, most)
                                          : fmt::format("{} or more", least);
    return CLI::Validator(
        [least, most, kind, isMostTold, bounds](std::string& text) {
            Number value{};
            if (!CLI::detail::lexical_cast(text, value))
                return fmt::format("must be {} ({}), not \"{}\"", kind, bounds, text);
            if (value >= least && value <= most)
                return std::string();
            if (value > most && !isMostTold)
                return fmt::format("must be {} at most, not {}", most, text);
            return fmt::format("must be {}, not {}", bounds, text);
        },
        bounds);
}

} // namespace

CLI::Validator between(std::int64_t least, std::int64_t most) {
    return check(least, most, "a whole number", true);
}

CLI::Validator atLeast(std::int64_t least, std::int64_t most) {
    return check(least, most, "a whole number", false);
}

CLI::Validator fractionBetween(double least, double most) {
    return check(least, most, "a number", true);
}

CLI::Validator fractionAtLeast(double least) {
    return check(least, std::numeric_limits<double>::max(), "a number", false);
}

} // namespace hearth::cli
