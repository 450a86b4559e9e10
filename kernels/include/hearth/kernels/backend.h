#pragma once

#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/program.h"
#include "hearth/kernels/sampling.h"
#include "hearth/kernels/status.h"
#include "hearth/kernels/step.h"
#include "hearth/kernels/weights.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace hearth::kernels {

enum class DeviceKind : std::uint8_t { Cpu, Cuda };

struct DeviceInfo {
    DeviceKind kind = DeviceKind::Cpu;
    std::int32_t index = 0;
    std::string name;              ///< "AMD EPYC 7763", "NVIDIA H100 80GB HBM3"
    std::string features;          ///< "AVX2 F16C", "sm_90"
    std::uint64_t totalMemory = 0; ///< Bytes.
    std::uint64_t freeMemory = 0;  ///< Bytes, at the time of the call.
    std::int32_t threads = 0;      ///< CPU only.
};

/// The largest step that an Executable will be asked for; scratch memory is sized by it.
struct ExecutionLimits {
    std::int32_t maxTokens = 0;    ///< Tokens a step.
    std::int32_t maxSequences = 0; ///< Sequences a step.
    std::int32_t maxLogits = 0;    ///< Rows of logits a step.
    std::int32_t maxContext = 0;   ///< Tokens a sequence.
    bool deterministic = false;    ///< Same tokens whatever the batch: fixed tiles and splits.
};

/// A prepared program with its scratch memory. One thread at a time.
class Executable {
public:
    virtual ~Executable() = default;

    /// Bytes of backend memory for activations and scratch.
    [[nodiscard]] virtual std::size_t scratchBytes() const = 0;
    /// Copies a step's metadata to where run() reads it. Arguments that contradict each other or
    /// the limits are InvalidArgument.
    virtual Status stage(const HostStep& step) = 0;
    /// Runs the staged step. Keys and values go to `arenas` (one a KV group).
    virtual Status run(std::span<KvArena* const> arenas) = 0;
    /// Draws one token a row of the logits of the last run(); results[i] belongs to rows[i], which
    /// reads logit row i. Waits for the device.
    virtual Status sample(std::span<const SamplingRow> rows, std::span<SampleResult> results) = 0;
    /// Copies logits of the last run() to the host: [logitCount, vocabulary].
    virtual Status readLogits(std::span<float> out) = 0;
    /// Copies final hidden states of the last run() to the host: [tokenCount, hidden].
    virtual Status readHidden(std::span<float> out) = 0;
};

/// What a device can do at best.
enum class Ceiling : std::uint8_t {
    ReadBandwidth, ///< Bytes a second that it reads from its memory.
    MultiplyAdd,   ///< Operations a second in products of its compute type; an addition counts too.
};

/// One device. Objects made by a backend must not outlive it. Making objects is safe from any
/// thread; Executables of one backend take turns on its threads or streams.
class Backend {
public:
    virtual ~Backend() = default;

    [[nodiscard]] virtual DeviceInfo device() const = 0;

    /// Measures a ceiling in the moment of the call (well under a second), for benchmarks to
    /// compare with. 0 where it can't be measured.
    [[nodiscard]] virtual double measure(Ceiling ceiling) = 0;

    /// Packs matrices that are multiplied with the same input as one, rows joined in the order
    /// given (q, k, v; gate, up). Serves both for products and, row by row, for EmbedOp.
    virtual Status packMatrix(std::span<const WeightSource> parts,
                              std::unique_ptr<PackedWeight>& out) = 0;
    /// True if packMatrix() looks for NaN and infinities in plain numbers of `type` itself, faster
    /// than the host could: foundNonFinite() tells.
    [[nodiscard]] virtual bool looksForNonFinite(DType /*type*/) const { return false; }
    /// Whether a matrix that was packed since the last call held one. Waits for the device.
    virtual Status foundNonFinite(bool& found) {
        found = false;
        return Status::Ok;
    }
    /// Packs a vector (norm gain, bias, sinks) as float32; `parts` are joined.
    virtual Status packVector(std::span<const WeightSource> parts,
                              std::unique_ptr<PackedWeight>& out) = 0;
    /// Reserves addresses for `maximumBlocks` blocks; none has memory yet.
    virtual Status createKvArena(const KvLayout& layout, std::int32_t maximumBlocks,
                                 std::unique_ptr<KvArena>& out) = 0;
    /// Checks and prepares a program. `weights` must outlive the executable; `kv` has one layout a
    /// KV group.
    virtual Status prepare(const Program& program, std::span<const PackedWeight* const> weights,
                           std::span<const KvLayout> kv, const ExecutionLimits& limits,
                           std::unique_ptr<Executable>& out) = 0;
};

} // namespace hearth::kernels
