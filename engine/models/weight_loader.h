#pragma once

#include "formats/checkpoint.h"
#include "hearth/host.h"
#include "hearth/kernels/backend.h"
#include "hearth/result.h"
#include "models/part_source.h"
#include "models/step_cost.h"
#include "models/weight_request.h"
#include "models/workspace_weights.h"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

namespace hearth {

/// A program's weights in a backend's memory, in the order of DecoderProgram::weights.
struct LoadedWeights {
    std::vector<std::unique_ptr<kernels::PackedWeight>> weights;
    /// Numbers that were unpacked or rearranged on the way and that weights refer to.
    std::vector<std::unique_ptr<PartSource>> buffers;
    std::vector<std::unique_ptr<WorkspaceParcel>> gathered; ///< Likewise, of a workspace.
    std::vector<WeightSize> sizes; ///< One a weight.
    std::uint64_t bytes = 0;       ///< Owned by the backend or read from the mapped file.
    std::uint64_t parameters = 0;  ///< Numbers in all tensors that were loaded.
};

/// Checks that every tensor of the requests is there with the right shape, before any is loaded.
/// Errors: NotFound or Corrupt naming the tensor, with both shapes; Unsupported for a cut that a
/// block format does not allow.
Result<void> checkWeights(const Checkpoint& checkpoint,
                          const std::vector<WeightRequest>& requests);

/// Bytes that the tensors of the requests take in the file.
[[nodiscard]] std::uint64_t weightBytes(const Checkpoint& checkpoint,
                                        const std::vector<WeightRequest>& requests);
/// Likewise on a device that keeps matrices of F32, F16 and BF16 as `compute`, vectors as F32, and
/// what is quantised as it is.
[[nodiscard]] std::uint64_t weightBytesOn(kernels::DType compute, const Checkpoint& checkpoint,
                                          const std::vector<WeightRequest>& requests);

/// Packs all weights, one while the next is read. Pages of the file that nothing reads any more
/// leave resident memory as it goes on. Errors as checkWeights(); Corrupt naming the tensor that
/// holds NaN or infinity; OutOfMemory; Corrupt if the file was cut off meanwhile;
/// Cancelled.
Result<LoadedWeights> loadWeights(const Checkpoint& checkpoint,
                                  const std::vector<WeightRequest>& requests,
                                  kernels::Backend& backend, const LoadObserver& observer,
                                  const std::stop_token& stop);

} // namespace hearth
