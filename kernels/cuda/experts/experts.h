#pragma once

#include "cuda/device/status.h"
#include "cuda/device/tensor.h"
#include "cuda/matmul/grouped.h"
#include "hearth/kernels/program.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hearth::kernels::cuda {

/// An ExpertsOp with its matrices as classes of a grouped product.
struct ExpertsParameters {
    std::int32_t experts = 0;
    std::int32_t topK = 0;
    std::int32_t width = 0; ///< An expert's feed-forward size.
    std::int32_t outWidth = 0;
    Activation activation = Activation::Silu;
    bool accumulate = false;
    std::vector<GroupClass> gateUp;
    std::vector<GroupClass> down;
};

struct ExpertsContext {
    GroupContext groups;
    const GroupEntry* entries = nullptr; ///< What the classes count from.
    std::byte* scratch = nullptr;        ///< At least expertsScratchBytes().
    std::size_t scratchBytes = 0;
    /// [rows], -1: a row that pads the step and reads no expert; nullptr: none is.
    const std::int32_t* sequenceOf = nullptr;
};

/// False for more experts than the kernels count.
[[nodiscard]] bool expertsSupported(const ExpertsParameters& parameters);

/// For at most `maxRows` rows; long steps take turns in what this has room for.
[[nodiscard]] std::size_t expertsScratchBytes(const ExpertsParameters& parameters,
                                              std::int32_t maxRows, DType compute);

/// in has the compute type, routes are float32, out either. Reads the matrices of chosen experts
/// only, each once a tile of rows. A row's result depends on the row alone where the context is
/// deterministic. Launches only: can be recorded in a graph.
Status runExperts(const ExpertsContext& context, const ExpertsParameters& parameters,
                  const DeviceRows& in, const DeviceRows& routes, const DeviceRows& out,
                  std::int32_t rows);

} // namespace hearth::kernels::cuda
