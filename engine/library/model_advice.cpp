#include "hearth/model_advice.h"

#include <algorithm>
#include <array>
#include <span>

namespace hearth {

namespace {

constexpr std::array kContexts{32'768, 16'384, 8'192, 4'096};
constexpr std::int32_t kUsefulContext = 8'192;
/// Slower than this one waits for the words.
constexpr double kReadingSpeed = 7.0; // tokens a second
/// Of what reading the weights allows, as our own decoding of 4-bit weights reaches it.
constexpr double kCpuShare = 0.5;
/// What one core decodes of 4-bit weights, however fast its memory is.
constexpr double kCoreBytesPerSecond = 4.3e9;
constexpr double kGpuShare = 0.42;
/// Where the host tells no budget.
constexpr double kMemoryShare = 0.8;
constexpr double kGpuMemoryShare = 0.9;
/// Activations, logits and tables besides weights and cache.
constexpr std::uint64_t kWorkBytes = 160'000'000;
constexpr std::uint64_t kGpuWorkBytes = 320'000'000;
constexpr double kWorkShare = 0.04;
constexpr std::uint64_t kSpareDisk = 512'000'000;
/// What a CPU whose memory was not measured is trusted with.
constexpr std::uint64_t kManyCoreParameters = 4'000'000'000;
constexpr std::uint64_t kFewCoreParameters = 2'000'000'000;
constexpr std::uint64_t kScalarParameters = 600'000'000;
constexpr std::int32_t kManyCores = 8;
/// A model on disk that is nearly as large as the recommended one is as good.
constexpr double kAsGood = 1.25;
constexpr double kSameSize = 1.25;

struct Place {
    const GpuDescription* gpu = nullptr; ///< Null: the CPU.
    std::uint64_t budget = 0;
};

std::uint64_t shareOf(std::uint64_t bytes, double share) {
    return static_cast<std::uint64_t>(double(bytes) * share);
}

Place cpuOf(const MachineDescription& machine) {
    return {nullptr,
            machine.budget > 0 ? machine.budget : shareOf(machine.freeMemory, kMemoryShare)};
}

/// The GPU with the most room.
std::optional<Place> gpuOf(const MachineDescription& machine) {
    std::optional<Place> best;
    for (const GpuDescription& gpu : machine.gpus) {
        const std::uint64_t budget =
            gpu.budget > 0 ? gpu.budget : shareOf(gpu.freeMemory, kGpuMemoryShare);
        if (!best || budget > best->budget)
            best = Place{&gpu, budget};
    }
    return best;
}

std::uint64_t neededBytes(const ModelSize& model, std::int32_t context, const Place& place) {
    return model.bytes + shareOf(model.bytes, kWorkShare) +
           (place.gpu != nullptr ? kGpuWorkBytes : kWorkBytes) +
           model.kvBytesPerToken * std::uint64_t(context);
}

std::int32_t usefulContext(std::int32_t trained) {
    return trained > 0 ? std::min(trained, kUsefulContext) : kUsefulContext;
}

/// The largest context that the place holds; the smallest, with its needs, where none does.
ModelFit fitAt(const ModelSize& model, const Place& place) {
    ModelFit fit;
    fit.isOnGpu = place.gpu != nullptr;
    fit.deviceId = fit.isOnGpu ? place.gpu->id : "cpu";
    fit.availableBytes = place.budget;
    for (const std::int32_t wanted : kContexts) {
        fit.context = model.trainedContext > 0 ? std::min(wanted, model.trainedContext) : wanted;
        fit.neededBytes = neededBytes(model, fit.context, place);
        if (fit.neededBytes <= place.budget)
            return fit;
    }
    fit.problem = FitProblem::Memory;
    return fit;
}

double estimate(const ModelSize& model, double bytesPerSecond, double share) {
    return model.bytes > 0 ? bytesPerSecond * share / double(model.bytes) : 0.0;
}

bool isScalar(const MachineDescription& machine) {
    return machine.features == "scalar";
}

std::uint64_t trustedParameters(const MachineDescription& machine) {
    if (isScalar(machine))
        return kScalarParameters;
    return machine.cores >= kManyCores ? kManyCoreParameters : kFewCoreParameters;
}

ModelFit fitOnCpu(const ModelSize& model, const MachineDescription& machine) {
    ModelFit fit = fitAt(model, cpuOf(machine));
    // Without vector units computing, not reading, takes the time.
    const bool canEstimate = machine.bytesPerSecond > 0 && !isScalar(machine);
    if (canEstimate) {
        fit.tokensPerSecond = estimate(model, machine.bytesPerSecond, kCpuShare);
        if (machine.cores > 0)
            fit.tokensPerSecond = std::min(
                fit.tokensPerSecond, estimate(model, kCoreBytesPerSecond, double(machine.cores)));
    }
    const bool isSlow = canEstimate ? fit.tokensPerSecond < kReadingSpeed
                                    : model.parameters > trustedParameters(machine);
    if (fit.problem == FitProblem::None && isSlow)
        fit.problem = FitProblem::Speed;
    return fit;
}

bool isUseful(const ModelFit& fit, const CatalogueModel& model) {
    return fit.problem == FitProblem::None && fit.context >= usefulContext(model.trainedContext);
}

/// `/a/B.gguf` → "B.gguf" is what the catalogue calls a file.
bool isFileOf(const LibraryModel& disk, const CatalogueModel& model) {
    return disk.path.size() > model.file.size() && disk.path.ends_with(model.file) &&
           disk.path[disk.path.size() - model.file.size() - 1] == '/';
}

std::vector<Candidate> candidates(const MachineDescription& machine,
                                  const std::vector<LibraryModel>& disk) {
    std::vector<Candidate> all;
    for (const CatalogueModel& model : catalogue()) {
        Candidate candidate{&model, fitOf(sizeOf(model), machine)};
        const bool isThere = std::any_of(disk.begin(), disk.end(), [&](const LibraryModel& known) {
            return isFileOf(known, model);
        });
        candidate.fit.neededDisk = isThere ? 0 : model.approximateBytes + kSpareDisk;
        if (candidate.fit.problem == FitProblem::None && machine.freeDisk &&
            candidate.fit.neededDisk > *machine.freeDisk)
            candidate.fit.problem = FitProblem::Disk;
        // Less than a conversation's worth of context is no fit to recommend.
        if (candidate.fit.problem == FitProblem::None && !isUseful(candidate.fit, model))
            candidate.fit.problem = FitProblem::Memory;
        all.push_back(std::move(candidate));
    }
    return all;
}

/// The strongest that fits; of two of about one size the one for Chinese, if that is wanted.
std::optional<std::size_t> choose(std::span<const Candidate> all, bool prefersChinese) {
    std::optional<std::size_t> best;
    for (std::size_t i = all.size(); i-- > 0;) {
        if (all[i].fit.problem != FitProblem::None)
            continue;
        if (!best)
            best = i;
        const bool isAbout =
            double(all[*best].model->parameters) <= kSameSize * double(all[i].model->parameters);
        if (prefersChinese && isAbout &&
            all[i].model->languages == ModelLanguages::ManyWithChinese)
            return i;
        if (!prefersChinese || !isAbout)
            break;
    }
    return best;
}

AdviceReason reasonFor(const Advice& advice) {
    if (advice.limited)
        return advice.limited->fit.problem == FitProblem::Disk ? AdviceReason::LimitedByDisk
                                                               : AdviceReason::LimitedBySpeed;
    if (advice.larger.empty())
        return AdviceReason::Strongest;
    return advice.recommended->fit.isOnGpu ? AdviceReason::LargestOnGpu
                                           : AdviceReason::LargestInMemory;
}

/// Whether a weaker model explains better than `before` why nothing stronger is recommended: the
/// strongest that only lacks disk, else the next that is too slow.
bool explainsBetter(const std::optional<Candidate>& before) {
    return !before || before->fit.problem != FitProblem::Disk;
}

std::optional<std::size_t> bestOnDisk(const MachineDescription& machine,
                                      const std::vector<LibraryModel>& disk) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < disk.size(); ++i) {
        const LibraryModel& model = disk[i];
        if (!model.problem.empty() || model.isStarter || !model.hasChatTemplate)
            continue;
        const ModelFit fit = fitOf(sizeOf(model), machine);
        if (fit.problem != FitProblem::None || fit.context < usefulContext(model.trainedContext))
            continue;
        if (!best || model.parameters > disk[*best].parameters)
            best = i;
    }
    return best;
}

void lookAtDisk(const MachineDescription& machine, const std::vector<LibraryModel>& disk,
                Advice& advice) {
    const auto best = bestOnDisk(machine, disk);
    if (!best)
        return;
    const bool isAsGood =
        !advice.recommended || isFileOf(disk[*best], *advice.recommended->model) ||
        double(disk[*best].parameters) * kAsGood >= double(advice.recommended->model->parameters);
    if (!isAsGood && machine.hasNetwork)
        return;
    advice.onDisk = best;
    advice.reason = AdviceReason::OnDisk;
}

} // namespace

ModelSize sizeOf(const CatalogueModel& model) {
    return {model.approximateBytes, model.parameters, model.kvBytesPerToken, model.trainedContext};
}

ModelSize sizeOf(const LibraryModel& model) {
    return {model.bytes, model.parameters, model.kvBytesPerToken, model.trainedContext};
}

ModelFit fitOf(const ModelSize& model, const MachineDescription& machine) {
    if (const auto gpu = gpuOf(machine)) {
        ModelFit fit = fitAt(model, *gpu);
        fit.tokensPerSecond = estimate(model, gpu->gpu->bytesPerSecond, kGpuShare);
        if (fit.problem == FitProblem::None)
            return fit;
        // Where both are too small, the larger of the two is what lacks the least.
        const ModelFit cpu = fitOnCpu(model, machine);
        if (cpu.problem != FitProblem::Memory || cpu.availableBytes > fit.availableBytes)
            return cpu;
        fit.tokensPerSecond = 0.0;
        return fit;
    }
    return fitOnCpu(model, machine);
}

Advice advise(const MachineDescription& machine, const std::vector<LibraryModel>& disk,
              bool prefersChinese) {
    const std::vector<Candidate> all = candidates(machine, disk);
    Advice advice;
    const auto chosen = choose(all, prefersChinese);
    for (std::size_t i = all.size(); i-- > 0;) {
        const FitProblem problem = all[i].fit.problem;
        const bool isLimited = problem == FitProblem::Disk || problem == FitProblem::Speed;
        if (chosen && i == *chosen)
            advice.recommended = all[i];
        else if (chosen && i < *chosen && problem == FitProblem::None)
            advice.smaller.push_back(all[i]);
        if (chosen && i > *chosen)
            advice.larger.insert(advice.larger.begin(), all[i]);
        // Without a choice the one that lacks the least disk.
        if (isLimited && (chosen ? i > *chosen && explainsBetter(advice.limited) : true))
            advice.limited = all[i];
    }
    if (advice.recommended)
        advice.reason = reasonFor(advice);
    else if (advice.limited && advice.limited->fit.problem == FitProblem::Disk)
        advice.reason = AdviceReason::DiskFull;
    lookAtDisk(machine, disk, advice);
    return advice;
}

} // namespace hearth
