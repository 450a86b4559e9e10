#pragma once

#include <nlohmann/json_fwd.hpp>

#include "text/jinja/template.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

/// The value of the variable `name` given as JSON, its strings marked as `trust` says (null: all
/// trusted). Throws if it is nested deeper than `maxHeight`. Variables are not charged to a budget:
/// their size is the caller's.
[[nodiscard]] Value fromJson(const nlohmann::ordered_json& json, const std::string& name,
                             const TrustPolicy* trust, std::uint32_t maxHeight);

} // namespace hearth::jinja
