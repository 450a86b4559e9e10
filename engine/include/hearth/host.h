#pragma once

#include "hearth/engine.h"
#include "hearth/options.h"
#include "hearth/result.h"

#include <cstdint>
#include <functional>
#include <memory>
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
};

/// The models that are loaded in this process, under one memory budget.
/// Thread-safe; load() blocks its caller and so belongs on a worker thread.
class Host {
public:
    virtual ~Host() = default;

    /// Loads the GGUF file or model folder at `path` under `name`. While it loads, and if it
    /// fails or is stopped, every other model goes on. Errors: NotFound, Corrupt, Unsupported,
    /// UnsafeFile, OutOfMemory (needed and available bytes of the budget), Cancelled.
    virtual Result<std::shared_ptr<Engine>> load(const std::string& path, const std::string& name,
                                                 const LoadOptions& options,
                                                 const LoadObserver& observer = {},
                                                 std::stop_token stop = {}) = 0;

    /// Cancels the model's requests and frees it once the last shared_ptr to it is gone.
    virtual void unload(const std::string& name) = 0;

    [[nodiscard]] virtual std::shared_ptr<Engine> find(const std::string& name) const = 0;
    [[nodiscard]] virtual std::vector<ModelInfo> models() const = 0;
    [[nodiscard]] virtual std::vector<DeviceDescription> devices() const = 0;
    [[nodiscard]] virtual std::uint64_t memoryBudget() const = 0; ///< Bytes.
    [[nodiscard]] virtual std::uint64_t memoryUsed() const = 0;   ///< Bytes.
};

[[nodiscard]] Result<std::unique_ptr<Host>> createHost(const HostOptions& options);

} // namespace hearth
