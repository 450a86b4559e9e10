#pragma once

#include "hearth/kernels/dtype.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// Counts up when what a key means changes, or a key that must be understood is added.
inline constexpr std::int64_t kWorkspaceVersion = 1;
/// Segments begin at multiples of this, so that they can be read past the page cache.
inline constexpr std::uint64_t kWorkspaceAlignment = 4096;

/// Codes in groups: kernels::GroupQuantisation, with its numbers in the file. Scales and offsets
/// are [panels][rows, groups of a panel's row].
struct WorkspaceGroups {
    std::uint8_t bits = 4;
    std::int32_t groupSize = 128;
    kernels::DType scaleType = kernels::DType::F32; ///< F16 where that loses nothing.
    std::uint64_t scales = 0;                       ///< Offset in the file, as the next two.
    std::optional<std::uint64_t> offsets;           ///< F32.
    std::optional<std::uint64_t> permutation;       ///< I32 [columns]; only with one panel.
    std::vector<float> codebook;                    ///< [2^bits], or empty.
};

/// Rows of one format, [rows, columns]. Stored as `panels` matrices [rows, columns / panels] one
/// after the other, row-major, so that a tensor-parallel rank's share of columns is one piece.
struct WorkspaceSegment {
    kernels::DType type = kernels::DType::F32; ///< U8 or F8E4M3 with `groups`.
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int32_t panels = 1;
    std::uint64_t offset = 0; ///< Of numbers, blocks or codes in weights.bin.
    std::uint64_t bytes = 0;  ///< With everything of the groups, and padding in between.
    std::optional<WorkspaceGroups> groups;

    [[nodiscard]] std::int64_t panelColumns() const { return columns / panels; }
    /// Bytes of a row in a panel.
    [[nodiscard]] std::int64_t rowBytes() const;
    /// Groups of a row in a panel; 0 without groups.
    [[nodiscard]] std::int64_t rowGroups() const;
};

/// Rows of a tensor of the checkpoint that was converted, as TensorPart of models/weight_request.h.
struct WorkspaceSource {
    std::string tensor;
    std::int64_t firstRow = 0;
    std::int64_t rowCount = 0;
    std::int64_t rowStep = 1;
    std::int64_t firstColumn = 0;
    std::int64_t columnCount = 1;
    std::uint8_t transform = 0;
};

/// A weight of the program: the sources' rows, joined in this order, are the segments' rows. A
/// vector's rows are its numbers, in one column.
struct WorkspaceEntry {
    std::string name;
    std::vector<WorkspaceSource> sources;
    std::vector<WorkspaceSegment> segments;
};

struct WorkspaceIndex {
    std::string modelName;
    std::int32_t tensorParallel = 1; ///< Panels that column-cut matrices have, where they can.
    std::uint64_t fileBytes = 0;     ///< Of weights.bin.
    std::vector<WorkspaceEntry> entries;
};

nlohmann::json toJson(const WorkspaceIndex& index);

/// Reads and checks an index: every segment lies inside of `fileBytes`, its sizes agree with its
/// type, and the sources' rows are as many as the segments'. `path` is for errors: Corrupt naming
/// the entry.
Result<WorkspaceIndex> workspaceIndexFromJson(const nlohmann::json& json, const std::string& path);

} // namespace hearth
