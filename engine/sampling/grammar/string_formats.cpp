#include "sampling/grammar/string_formats.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hearth::grammar {

namespace {

#define HEARTH_DATE                                                                                \
    "(?:[12]\\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|"                                \
    "(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))|"                              \
    "(?:[12]\\d(?:0[48]|[2468][048]|[13579][26])|1[26]00|2[048]00)-02-29)"
#define HEARTH_TIME                                                                                \
    "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)"
#define HEARTH_BYTE "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
#define HEARTH_LABEL "[A-Za-z0-9](?:[A-Za-z0-9-]{0,40}[A-Za-z0-9])?"

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kFormats{{
    {"date", HEARTH_DATE},
    {"time", HEARTH_TIME},
    {"date-time", HEARTH_DATE "T" HEARTH_TIME},
    {"uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"},
    {"ipv4", "(?:" HEARTH_BYTE "\\.){3}" HEARTH_BYTE},
    {"hostname", HEARTH_LABEL "(?:\\." HEARTH_LABEL "){0,4}"},
    {"email", "[A-Za-z0-9_+-]{1,40}(?:\\.[A-Za-z0-9_+-]{1,40}){0,3}@" HEARTH_LABEL
              "(?:\\." HEARTH_LABEL "){1,4}"},
}};

} // namespace

std::optional<std::string_view> formatPattern(std::string_view format) {
    const auto* const found =
        std::find_if(kFormats.begin(), kFormats.end(),
                     [format](const auto& known) { return known.first == format; });
    return found == kFormats.end() ? std::nullopt : std::optional(found->second);
}

} // namespace hearth::grammar
