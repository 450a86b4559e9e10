#pragma once

#include "cuda/device/status.h"
#include "cuda/device/tensor.h"
#include "cuda/weights/packed_matrix.h"

#include <cuda_runtime.h>

#include <cstdint>
#include <span>
#include <vector>

/// Products of many matrices in one launch: the experts of a layer, each with the rows that were
/// routed to it, or the heads of an activation, each with all rows.
namespace hearth::kernels::cuda {

/// Neighbouring rows of one matrix, as kernels find them in device memory.
struct GroupEntry {
    WeightLayout layout;          ///< From a multiple of 16 rows on; without data: none.
    const float* bias = nullptr;  ///< Of row `skip` and on, or nullptr.
    std::int32_t skip = 0;        ///< Rows of the layout before the first that counts.
    std::int32_t firstColumn = 0; ///< Of the result: that of row `skip`.
};

/// Entries of one form, one a group.
struct GroupClass {
    WeightLayout form; ///< Codes, scales, type, groupShift, columns and table of all; most rows.
    std::size_t firstEntry = 0; ///< Of [groups] entries.
};

/// Rows of one group that a block takes: [first, first + count) of GroupedRows::pairs.
struct GroupTile {
    std::int32_t group = 0;
    std::int32_t first = 0;
    std::int32_t count = 0;
};

/// x and the result of a grouped product; all pointers are device memory. Without `tiles` each of
/// `groups` groups has rows 0, 1, 2, … < rows.
struct GroupedRows {
    const GroupEntry* entries = nullptr; ///< [groups]
    std::int32_t groups = 0;
    std::int32_t rows = 0;
    const GroupTile* tiles = nullptr;        ///< [maxTiles], in any order.
    const std::int32_t* tileCount = nullptr; ///< How many of them there are.
    const std::int32_t* pairs = nullptr;     ///< Rows of the result by group.
    std::int32_t maxTiles = 0;
    std::int32_t tileRows = 0; ///< Rows a tile at most; 0: the product's choice, without `tiles`.
    std::int32_t divisor = 1;  ///< Row p of the result comes from row p / divisor of x.
    DeviceRows in;             ///< Width: columns of a matrix.
    std::int64_t inGroup = 0;  ///< Columns of x from one group to the next.
    DeviceRows out;
    std::int64_t outGroup = 0;
};

/// Collects the matrices of a grouped product in classes that one kernel can run.
class GroupPlan {
public:
    explicit GroupPlan(std::int32_t groups)
        : m_groups(groups) {}

    /// Rows [firstRow, firstRow + rows) of the matrix for a group, for columns from 0 on of the
    /// result; bias [rows] in device memory, or nullptr. May throw std::bad_alloc.
    void add(std::int32_t group, const CudaMatrix& matrix, std::int64_t firstRow, std::int64_t rows,
             const float* bias);

    /// Moves the entries behind `all`; the classes know where.
    [[nodiscard]] std::vector<GroupClass> finish(std::vector<GroupEntry>& all);

private:
    struct Class {
        WeightLayout form;
        std::vector<GroupEntry> entries;
    };
    [[nodiscard]] Class& classFor(const WeightLayout& layout, std::int32_t group);

    std::int32_t m_groups;
    std::vector<Class> m_classes;
};

/// What launchGroups() needs besides its rows.
struct GroupContext {
    cudaStream_t stream = nullptr;
    bool deterministic = false; ///< Sums in an order that depends on nothing but K.
    std::int32_t multiprocessors = 1;
};

/// Rows a tile that suit about `rows` rows a group.
[[nodiscard]] std::int32_t groupTileRows(DType compute, std::int64_t rows);

/// Every class of a grouped product. in has the compute type, out has it too or is F32. Launches
/// only: can be recorded in a graph. `entries` is where finish()'s `all` lies on the device.
Status launchGroups(const GroupContext& context, std::span<const GroupClass> classes,
                    const GroupEntry* entries, GroupedRows rows);

/// launchGroups() for one class of float32.
Status launchFloatGroups(cudaStream_t stream, const GroupClass& groups, const GroupedRows& rows,
                         bool aligned);

} // namespace hearth::kernels::cuda
