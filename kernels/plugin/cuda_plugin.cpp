#include "plugin/cuda_plugin_entry.h"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>

namespace hearth::kernels {

namespace {

namespace fs = std::filesystem;

constexpr const char* kDriver = "libcuda.so.1";
constexpr const char* kFile = "libhearth_cuda.so";
constexpr const char* kVariable = "HEARTH_CUDA_PLUGIN";

CudaPlugin* refuse(CudaAvailability& availability, CudaProblem problem, std::string detail = {}) {
    availability.problem = problem;
    availability.detail = std::move(detail);
    return nullptr;
}

std::string loaderError() {
    const char* text = dlerror();
    return text != nullptr ? text : "";
}

/// Asks the driver's own library; on a machine without one this costs one failed dlopen.
bool checkDriver(CudaAvailability& availability) {
    void* driver = dlopen(kDriver, RTLD_NOW | RTLD_LOCAL);
    if (driver == nullptr) {
        refuse(availability, CudaProblem::NoDriver, loaderError());
        return false;
    }
    using Version = int (*)(int*);
    const auto ask = reinterpret_cast<Version>(dlsym(driver, "cuDriverGetVersion"));
    int version = 0;
    if (ask == nullptr || ask(&version) != 0) {
        refuse(availability, CudaProblem::Failed, "the driver does not tell its version");
        return false;
    }
    availability.driverVersion = version;
    if (version < kNeededCudaVersion)
        refuse(availability, CudaProblem::DriverTooOld);
    return availability.problem == CudaProblem::None;
}

/// Where the plugin lies: beside the program, or in ../lib/hearth. Empty with `sought` filled.
fs::path findPlugin(std::string& sought) {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const fs::path& folder : {program, program.parent_path() / "lib/hearth"}) {
        if (fs::exists(folder / kFile, error))
            return folder / kFile;
        sought += (sought.empty() ? "" : ", ") + (folder / kFile).string();
    }
    return {};
}

/// The library is never unloaded: the driver's threads and our own objects live in it.
CudaPlugin* openPlugin(const fs::path& file, CudaAvailability& availability) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr)
        return refuse(availability, CudaProblem::NoPlugin, loaderError());
    const auto entryPoint =
        reinterpret_cast<CudaPluginEntryPoint>(dlsym(library, kCudaPluginSymbol));
    const CudaPluginEntry* entry = entryPoint != nullptr ? entryPoint() : nullptr;
    if (entry == nullptr || entry->build == nullptr ||
        std::string_view(entry->build) != kCudaPluginBuild)
        return refuse(availability, CudaProblem::PluginMismatch, file.string());
    return entry->open(availability);
}

CudaPlugin* openNamed(const fs::path& file, CudaAvailability& availability) {
    CudaPlugin* plugin = openPlugin(file, availability);
    if (availability.problem == CudaProblem::NoPlugin)
        refuse(availability, CudaProblem::Failed,
               std::string(kVariable) + " names a file that cannot be loaded (" +
                   availability.detail + "); name a " + kFile + " or unset it");
    return plugin;
}

CudaPlugin* findAndOpen(CudaAvailability& availability) {
    availability.neededVersion = kNeededCudaVersion;
    // A plugin that was named by hand looks for what it needs itself.
    if (const char* named = std::getenv(kVariable); named != nullptr && *named != '\0')
        return openNamed(named, availability);
    if (!checkDriver(availability))
        return nullptr;
    std::string sought;
    const fs::path file = findPlugin(sought);
    if (file.empty())
        return refuse(availability, CudaProblem::NoPlugin, "sought " + sought);
    return openPlugin(file, availability);
}

} // namespace

CudaPlugin* CudaPlugin::load(CudaAvailability& availability) {
    static std::mutex mutex;
    static bool loaded = false;
    static CudaPlugin* plugin = nullptr;
    static CudaAvailability found;
    const std::scoped_lock lock(mutex);
    if (!loaded) {
        plugin = findAndOpen(found);
        loaded = true;
    }
    availability = found;
    return plugin;
}

} // namespace hearth::kernels
