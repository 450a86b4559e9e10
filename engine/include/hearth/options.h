#pragma once

#include <cstdint>
#include <string>

namespace hearth {

enum class DeviceChoice : std::uint8_t { Auto, Cpu, Cuda };

/// Type of activations and of unquantised products.
enum class ComputeType : std::uint8_t { Auto, F32, BF16, F16 };

/// How keys and values are kept.
enum class KvType : std::uint8_t { Auto, F32, BF16, F16, Int8, Int4, Fp8 };

/// How a model is loaded. `Auto` and 0 leave the choice to the engine.
struct LoadOptions {
    DeviceChoice device = DeviceChoice::Auto;
    std::int32_t deviceIndex = 0;
    ComputeType computeType = ComputeType::Auto;
    KvType kvType = KvType::Auto;       ///< Auto: f16.
    std::int32_t contextTokens = 0;     ///< Tokens a sequence; 0: the model's, within memory.
    double cacheFraction = 0.0;         ///< KV pool as a share of the budget's free part, (0, 1];
                                        ///< 0: enough for one full context and a batch beside it.
    std::int32_t maxBatchSize = 0;      ///< Sequences that run at once; 0: 16 on a CPU.
    std::int32_t stepTokens = 0;        ///< Token budget a step (prefill chunk + decodes); 0: 512.
    std::int32_t queueCapacity = 1024;  ///< Requests that wait.
    bool deterministic = false;         ///< The same tokens at any batch size.
    bool promptLogits = false;          ///< Take requests with promptLogits: 4 bytes × vocabulary ×
                                        ///< stepTokens more.
    bool exactActivations = false;      ///< Quantised weights against float32 activations.
};

struct HostOptions {
    std::uint64_t memoryBudgetBytes = 0; ///< For all models together; 0: 80% of what is free.
    std::int32_t threads = 0;            ///< CPU threads; 0: one a physical core.
};

} // namespace hearth
