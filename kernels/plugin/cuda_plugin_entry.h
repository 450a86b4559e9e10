#pragma once

#include "hearth/kernels/cuda_backend.h"

namespace hearth::kernels {

/// What a plugin file shows of itself. Objects of the standard library cross its border, so that
/// nothing but `build` may be looked at unless that is our own.
struct CudaPluginEntry {
    const char* build = nullptr;
    /// As CudaPlugin::load(), for what only the plugin can know.
    CudaPlugin* (*open)(CudaAvailability& availability) = nullptr;
};

/// Version of Hearth, its compiler and a hash of the headers that both sides share.
inline constexpr const char* kCudaPluginBuild = HEARTH_CUDA_PLUGIN_BUILD;

inline constexpr const char* kCudaPluginSymbol = "hearthCudaPlugin";
using CudaPluginEntryPoint = const CudaPluginEntry* (*)();

} // namespace hearth::kernels
