#include "runtime/gpu_problem.h"

namespace hearth {

namespace {

using kernels::CudaProblem;

ErrorCode codeOf(CudaProblem problem) {
    switch (problem) {
    case CudaProblem::NoDriver:
        return ErrorCode::DriverMissing;
    case CudaProblem::DriverTooOld:
        return ErrorCode::DriverTooOld;
    case CudaProblem::NoPlugin:
        return ErrorCode::BackendMissing;
    case CudaProblem::PluginMismatch:
        return ErrorCode::BackendMismatch;
    case CudaProblem::NoDevice:
        return ErrorCode::GpuMissing;
    case CudaProblem::NoCublas:
        return ErrorCode::CublasMissing;
    case CudaProblem::DeviceTooOld:
        return ErrorCode::GpuTooOld;
    case CudaProblem::None:
    case CudaProblem::Failed:
        break;
    }
    return ErrorCode::DeviceUnavailable;
}

} // namespace

Error gpuProblemError(const kernels::CudaAvailability& availability) {
    Error error;
    error.code = codeOf(availability.problem);
    switch (error.code) {
    case ErrorCode::DriverMissing:
    case ErrorCode::GpuMissing:
        break;
    case ErrorCode::DriverTooOld:
        error.needed = std::uint64_t(availability.neededVersion);
        error.available = std::uint64_t(availability.driverVersion);
        break;
    case ErrorCode::BackendMismatch:
        error.path = availability.detail;
        break;
    default:
        error.detail = availability.detail;
        break;
    }
    return error;
}

} // namespace hearth
