#pragma once

#include <cstdint>
#include <string>

namespace hearth {

/// Auto: an NVIDIA GPU if one can be used, else the CPU.
enum class DeviceChoice : std::uint8_t { Auto, Cpu, Cuda };

/// Type of activations and of unquantised products. The CPU has F32 only.
enum class ComputeType : std::uint8_t { Auto, F32, BF16, F16 };

/// How keys and values are kept.
enum class KvType : std::uint8_t { Auto, F32, BF16, F16, Int8, Int4, Fp8 };

/// How a model is loaded. `Auto` and 0 leave the choice to the engine.
struct LoadOptions {
    DeviceChoice device = DeviceChoice::Auto;
    std::int32_t deviceIndex = -1;      ///< Of the GPU; -1: the first that can be used.
    ComputeType computeType = ComputeType::Auto; ///< Auto: f32 on a CPU; bf16 on a GPU, or f16 for
                                                 ///< models in f16 and GPUs that lack bf16.
    KvType kvType = KvType::Auto;       ///< Auto: f16 on a CPU, the compute type on a GPU.
    /// Tokens a sequence; 0: what the model was trained for, within memory. More than that only
    /// where its rope is dynamic (up to eight times).
    std::int32_t contextTokens = 0;
    /// Where contextTokens is 0: tokens that a sequence must be able to hold, if the model can.
    std::int32_t neededTokens = 0;
    double cacheFraction = 0.0;         ///< KV pool as a share of the budget's free part, (0, 1];
                                        ///< 0: on a CPU enough for one full context and a batch
                                        ///< beside it, on a GPU 0.9; taken as it is needed.
    std::int32_t maxBatchSize = 0;      ///< Sequences that run at once; 0: 16 on a CPU,
                                        ///< 256 on a GPU.
    std::int32_t stepTokens = 0;        ///< Token budget a step (prefill chunk + decodes); 0: 512
                                        ///< on a CPU, 2048 on a GPU, a whole batch at least.
    /// Seconds that a step lasts at most, as far as its prefill can be made smaller (to 32 tokens),
    /// while replies are read that it goes on with too: by the speed that is seen. A prompt that
    /// comes alone gets all of stepTokens. 0: any step does. Changes no token of a reply where
    /// `deterministic` is set.
    double mixedStepSeconds = 0.2;
    std::int32_t queueCapacity = 1024;  ///< Requests that wait.
    std::string templateName;           ///< A named chat template (`internlm-chat-7b`) in place of
                                        ///< the checkpoint's own; empty: the own one.
    std::string capability;             ///< Of a named template: chat, completion, infilling or
                                        ///< python; empty: its own.
    std::string metaInstruction;        ///< Takes the place of a named template's system message.
    bool deterministic = false;         ///< The same tokens at any batch size.
    bool promptLogits = false;          ///< Take requests with promptLogits: 4 bytes × vocabulary ×
                                        ///< stepTokens more.
    bool exactActivations = false;      ///< CPU: quantised weights against float32 activations.
};

struct HostOptions {
    std::uint64_t memoryBudgetBytes = 0; ///< For all models on the CPU; 0: 80% of what is free.
    double gpuMemoryShare = 0.9;         ///< For all models on a GPU: share of what is free there.
    std::int32_t threads = 0;            ///< CPU threads; 0: one a physical core.
};

} // namespace hearth
