#pragma once

#include <string>
#include <vector>

namespace hearth::cli {

/// Brings LMDeploy's spellings into ours: `--a_b` becomes `--a-b`, and a flag followed by True or
/// False becomes `--flag=true` or `--flag=false`. `flags` lists the options that take no value.
[[nodiscard]] std::vector<std::string> normaliseArguments(int count, const char* const* arguments,
                                                          const std::vector<std::string>& flags);

} // namespace hearth::cli
