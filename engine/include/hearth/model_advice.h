#pragma once

#include "hearth/catalogue.h"
#include "hearth/host.h"
#include "hearth/model_library.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

struct GpuDescription {
    std::string id; ///< "cuda:0"
    std::string name;
    std::uint64_t totalMemory = 0;
    std::uint64_t freeMemory = 0;
    std::uint64_t budget = 0;  ///< Bytes that models may take there.
    double bytesPerSecond = 0; ///< That it reads from its memory, by its maker; 0: not known.
};

/// What decides which models suit a machine.
struct MachineDescription {
    std::string processor; ///< "AMD EPYC"; may be empty.
    std::string features;  ///< "AVX-512 VNNI", …
    std::int32_t cores = 0; ///< Threads that the engine would compute with.
    std::uint64_t totalMemory = 0;
    std::uint64_t freeMemory = 0;
    std::uint64_t budget = 0;  ///< Bytes that models may take on the CPU.
    double bytesPerSecond = 0; ///< Measured: that all cores read from memory; 0: not measured.
    std::vector<GpuDescription> gpus;
    std::optional<Error> gpuProblem;       ///< Why there is none.
    std::optional<std::uint64_t> freeDisk; ///< Of the models' folder; nothing: cannot be told.
    bool hasNetwork = true;                ///< Some route leads out of the machine.
};

/// From the host's devices, with disk and network looked at now; bytesPerSecond of memory is 0.
[[nodiscard]] MachineDescription describeMachine(const std::vector<DeviceDescription>& devices,
                                                 const std::optional<Error>& gpuProblem,
                                                 const std::string& modelsDirectory);
/// Reads a piece of memory with so many threads for some 40 ms; for a worker's thread.
[[nodiscard]] double measureMemoryBandwidth(std::int32_t threads);
/// What the GPU of this name reads a second; 0 for names that are not known for certain.
[[nodiscard]] double gpuBandwidth(const std::string& name);

/// What keeps a model from being recommended.
enum class FitProblem : std::uint8_t {
    None,
    Memory, ///< needed and available bytes.
    Disk,   ///< neededDisk and the machine's free bytes.
    Speed,  ///< It would write slower than one reads: tokensPerSecond.
};

/// How a model would run on a machine.
struct ModelFit {
    bool isOnGpu = false;
    std::string deviceId;
    std::int32_t context = 0;        ///< Tokens; the most of 32k, 16k, 8k, 4k that fit.
    std::uint64_t neededBytes = 0;   ///< Weights, cache for the context and working memory.
    std::uint64_t availableBytes = 0;
    std::uint64_t neededDisk = 0;    ///< To download it; 0 for one on disk.
    double tokensPerSecond = 0;      ///< One chat; an estimate; 0: none.
    FitProblem problem = FitProblem::None;
};

/// Size and cache of a model, of the catalogue or on disk.
struct ModelSize {
    std::uint64_t bytes = 0;
    std::uint64_t parameters = 0;
    std::uint64_t kvBytesPerToken = 0;
    std::int32_t trainedContext = 0;
};
[[nodiscard]] ModelFit fitOf(const ModelSize& model, const MachineDescription& machine);
[[nodiscard]] ModelSize sizeOf(const CatalogueModel& model);
[[nodiscard]] ModelSize sizeOf(const LibraryModel& model);

/// Why the recommended model is the one; what each stands for has its numbers in `Advice`.
enum class AdviceReason : std::uint8_t {
    LargestOnGpu,     ///< The strongest that the GPU's memory holds.
    LargestInMemory,  ///< The strongest that memory holds and the CPU runs at reading speed.
    Strongest,        ///< The strongest of all; the machine holds more.
    LimitedBySpeed,   ///< `limited` would fit, but write slower than one reads.
    LimitedByDisk,    ///< `limited` would run, but the disk lacks room for it.
    OnDisk,           ///< It is on disk already, and nothing better would fit.
    NothingFits,      ///< No model of the catalogue; the starter does.
    DiskFull,         ///< The disk lacks room for any.
};

struct Candidate {
    const CatalogueModel* model = nullptr;
    ModelFit fit;
};

struct Advice {
    std::optional<Candidate> recommended; ///< Nothing: NothingFits or DiskFull.
    AdviceReason reason = AdviceReason::NothingFits;
    std::optional<Candidate> limited; ///< What would be recommended without the limit.
    std::vector<Candidate> smaller;   ///< Than the recommended one, that fit; strongest first.
    std::vector<Candidate> larger;    ///< With what keeps each from being recommended.
    /// Of the models on disk the best that fits, if it is as good as the recommended one (then a
    /// download gains nothing); index into what advise() got.
    std::optional<std::size_t> onDisk;
};

/// Pure: the same data give the same advice. `disk`: models that are there, of the library and of
/// other programs. `prefersChinese`: a model made for Chinese wins over one of its size.
[[nodiscard]] Advice advise(const MachineDescription& machine,
                            const std::vector<LibraryModel>& disk, bool prefersChinese = false);

} // namespace hearth
