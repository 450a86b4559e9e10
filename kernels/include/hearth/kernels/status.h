#pragma once

#include <cstdint>

namespace hearth::kernels {

/// What a backend call came to. The engine turns these into its own errors with names and numbers.
enum class [[nodiscard]] Status : std::uint8_t {
    Ok,
    OutOfMemory,     ///< An allocation failed; the object asked for does not exist, the rest works.
    Unsupported,     ///< A type, shape or option that this backend cannot run.
    InvalidArgument, ///< Shapes or indices that contradict each other: a caller's mistake.
    DeviceLost,      ///< A sticky device error: only a new process can use the device again.
};

} // namespace hearth::kernels
