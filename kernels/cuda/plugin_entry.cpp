#include "cuda/plugin.h"
#include "plugin/cuda_plugin_entry.h"

extern "C" __attribute__((visibility("default"))) const hearth::kernels::CudaPluginEntry*
hearthCudaPlugin() {
    static const hearth::kernels::CudaPluginEntry entry{hearth::kernels::kCudaPluginBuild,
                                                        hearth::kernels::cuda::openPlugin};
    return &entry;
}
