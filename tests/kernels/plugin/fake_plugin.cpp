#include "plugin/cuda_plugin_entry.h"

namespace {

hearth::kernels::CudaPlugin* open(hearth::kernels::CudaAvailability& availability) {
    availability.problem = hearth::kernels::CudaProblem::NoDevice;
    availability.detail = "a plugin for tests";
    return nullptr;
}

} // namespace

extern "C" const hearth::kernels::CudaPluginEntry* hearthCudaPlugin() {
    static const hearth::kernels::CudaPluginEntry entry{FAKE_PLUGIN_BUILD, open};
    return &entry;
}
