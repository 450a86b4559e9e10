#pragma once

#include "hearth/embedder.h"
#include "hearth/engine.h"
#include "hearth/options.h"
#include "hearth/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth {

enum class LoadPhase : std::uint8_t { Opening, Tokenizer, Weights, Preparing, Ready };

struct LoadProgress {
    LoadPhase phase = LoadPhase::Opening;
    std::uint64_t doneBytes = 0;
    std::uint64_t totalBytes = 0;
};
using LoadObserver = std::function<void(const LoadProgress&)>;

struct DeviceDescription {
    std::string id;   ///< "cpu", "cuda:0"
    std::string name; ///< "AMD EPYC", "NVIDIA H100 80GB HBM3"
    std::string features;
    std::uint64_t totalMemory = 0;
    std::uint64_t freeMemory = 0;
    std::int32_t threads = 0; ///< CPU only.
    std::uint64_t memoryBudget = 0; ///< Bytes that models may take here.
    std::uint64_t memoryUsed = 0;   ///< Bytes of it that they take.
};

/// What a device can do at best.
enum class DeviceCeiling : std::uint8_t {
    ReadBandwidth, ///< Bytes a second that it reads from its memory.
    MultiplyAdd,   ///< Operations a second in products of the model's compute type.
};

/// The models that are loaded in this process, under one memory budget a device.
/// Thread-safe; load() blocks its caller and so belongs on a worker thread.
class Host {
public:
    virtual ~Host() = default;

    /// Loads the GGUF file or model folder at `path` under `name`. While it loads, and if it
    /// fails or is stopped, every other model goes on. `path` may also be
    /// "synthetic:SHAPE[:FORMAT]", a model of random weights for measuring speed on a GPU.
    /// DeviceChoice::Auto takes the CPU where the GPU can't take the model, and
    /// ModelInfo::deviceNotice says why. Errors: NotFound, Corrupt, Unsupported, UnsafeFile,
    /// OutOfMemory (needed and available bytes of the budget), Cancelled, DeviceLost; with
    /// DeviceChoice::Cuda the reason why there is no GPU.
    virtual Result<std::shared_ptr<Engine>> load(const std::string& path, const std::string& name,
                                                 const LoadOptions& options,
                                                 const LoadObserver& observer = {},
                                                 std::stop_token stop = {}) = 0;

    /// Opens a model for embeddings only, under the same budgets; the caller owns it, and it must
    /// go before the host. `name` is what ModelInfo will say. Errors: as load().
    virtual Result<std::unique_ptr<Embedder>> openEmbedder(const std::string& /*path*/,
                                                           const std::string& /*name*/,
                                                           const EmbedderOptions& /*options*/,
                                                           const LoadObserver& /*observer*/ = {},
                                                           std::stop_token /*stop*/ = {}) {
        return fail(ErrorCode::Unsupported, "embeddings");
    }

    /// Cancels the model's requests and frees it once the last shared_ptr to it is gone.
    virtual void unload(const std::string& name) = 0;

    [[nodiscard]] virtual std::shared_ptr<Engine> find(const std::string& name) const = 0;
    [[nodiscard]] virtual std::vector<ModelInfo> models() const = 0;
    [[nodiscard]] virtual std::vector<DeviceDescription> devices() const = 0;
    [[nodiscard]] virtual std::uint64_t memoryBudget() const = 0; ///< Bytes, for the CPU.
    [[nodiscard]] virtual std::uint64_t memoryUsed() const = 0;   ///< Bytes, for the CPU.

    /// Why no NVIDIA GPU can be used; nothing if one can. Looks for the driver at the first call.
    [[nodiscard]] virtual std::optional<Error> gpuProblem() const {
        return fail(ErrorCode::DriverMissing).error;
    }
    /// True once a device has failed for good: only a new process can use it again.
    [[nodiscard]] virtual bool deviceLost() const { return false; }
    /// Measures the device of a loaded model, which should be idle; takes about a second. 0 where
    /// it can't be measured.
    [[nodiscard]] virtual double measureCeiling(const std::string& /*model*/,
                                                DeviceCeiling /*ceiling*/) {
        return 0.0;
    }
};

[[nodiscard]] Result<std::unique_ptr<Host>> createHost(const HostOptions& options);

} // namespace hearth
