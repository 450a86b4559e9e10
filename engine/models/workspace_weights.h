#pragma once

#include "formats/tensor_view.h"
#include "formats/workspace.h"
#include "hearth/kernels/weights.h"
#include "hearth/result.h"
#include "models/weight_request.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hearth {

/// A weight of the program as a backend packs it, out of a workspace. Where a rank takes what was
/// stored as one piece (any rows; columns of one panel), the sources point into the mapped file;
/// columns of several panels, and scales, are gathered in buffers.
struct WorkspaceParcel {
    std::vector<kernels::WeightSource> sources;
    std::vector<std::optional<kernels::GroupQuantisation>> groups; ///< The sources point into it.
    std::vector<std::vector<std::byte>> buffers;                   ///< Likewise.
    std::vector<TensorView> tensors; ///< What was read, for advice on pages.
    std::uint64_t bytes = 0;         ///< In the file.
    std::uint64_t parameters = 0;
};

/// Errors: NotFound or Unsupported as checkWorkspaceRequest().
Result<WorkspaceParcel> gatherFromWorkspace(const Workspace& workspace,
                                            const WeightRequest& request);

/// Errors: NotFound naming the tensor whose rows or columns are not there; Unsupported for a cut
/// inside of a block or group.
Result<void> checkWorkspaceRequest(const Workspace& workspace, const WeightRequest& request);

/// What of a request's bytes a part takes: in the file, or on a device that keeps matrices of plain
/// types as `compute` and vectors as F32.
[[nodiscard]] std::uint64_t workspaceBytes(const Workspace& workspace,
                                           const WeightRequest& request,
                                           std::optional<kernels::DType> compute);

/// The segments that a request reads, for advice on pages.
[[nodiscard]] std::vector<TensorView> segmentsOf(const Workspace& workspace,
                                                 const WeightRequest& request);

} // namespace hearth
