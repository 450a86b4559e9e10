#pragma once

#include "hearth/kernels/dtype.h"
#include "hearth/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A tensor as the header of a safetensors file states it, not yet checked against the data.
struct SafetensorsEntry {
    std::string name;
    kernels::DType type = kernels::DType::F32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0; ///< Bytes from the start of the data section.
    std::uint64_t end = 0;
};

struct SafetensorsHeader {
    std::vector<SafetensorsEntry> entries; ///< Sorted by name; names are unique.
    std::map<std::string, std::string> metadata;
};

/// Parses the JSON header. `path` and `base` (where the text starts in the file) are for errors.
Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view text, const std::string& path,
                                                 std::uint64_t base);

} // namespace hearth
