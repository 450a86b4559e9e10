#include "engine/runtime/fake_gpu.h"

#include "hearth/kernels/cpu_backend.h"

#include <utility>

namespace hearth::test {

using namespace kernels;

namespace {

class FakeArena final : public KvArena {
public:
    FakeArena(GpuScript& script, std::unique_ptr<KvArena> real)
        : m_script(script), m_real(std::move(real)) {}

    [[nodiscard]] const KvLayout& layout() const override { return m_real->layout(); }
    [[nodiscard]] std::int32_t capacity() const override { return m_real->capacity(); }
    [[nodiscard]] std::int32_t maximum() const override { return m_real->maximum(); }
    Status resize(std::int32_t blocks) override {
        const Status status = blocks > capacity() ? m_script.next() : Status::Ok;
        return status == Status::Ok ? m_real->resize(blocks) : status;
    }
    Status copyBlock(std::int32_t from, std::int32_t to) override {
        return m_real->copyBlock(from, to);
    }
    [[nodiscard]] std::byte* base() const override { return m_real->base(); }
    [[nodiscard]] KvArena* real() const { return m_real.get(); }

private:
    GpuScript& m_script;
    std::unique_ptr<KvArena> m_real;
};

class FakeExecutable final : public Executable {
public:
    FakeExecutable(GpuScript& script, std::unique_ptr<Executable> real)
        : m_script(script), m_real(std::move(real)) {}

    [[nodiscard]] std::size_t scratchBytes() const override { return m_real->scratchBytes(); }
    Status stage(const HostStep& step) override { return m_real->stage(step); }
    Status run(std::span<KvArena* const> arenas) override {
        if (const Status status = m_script.next(); status != Status::Ok)
            return status;
        std::vector<KvArena*> real;
        for (KvArena* arena : arenas)
            real.push_back(static_cast<FakeArena*>(arena)->real());
        return m_real->run(real);
    }
    Status sample(std::span<const SamplingRow> rows, std::span<SampleResult> results) override {
        const Status status = m_script.next();
        return status == Status::Ok ? m_real->sample(rows, results) : status;
    }
    Status readLogits(std::span<float> out) override { return m_real->readLogits(out); }
    Status readHidden(std::span<float> out) override { return m_real->readHidden(out); }

private:
    GpuScript& m_script;
    std::unique_ptr<Executable> m_real;
};

/// Weights are the CPU's own.
class FakeBackend final : public Backend {
public:
    FakeBackend(GpuScript& script, std::int32_t index, std::unique_ptr<Backend> real)
        : m_script(script), m_index(index), m_real(std::move(real)) {
        ++m_script.backends;
    }
    ~FakeBackend() override { --m_script.backends; }

    [[nodiscard]] DeviceInfo device() const override {
        DeviceInfo info;
        info.kind = DeviceKind::Cuda;
        info.index = m_index;
        info.name = "Fake GPU";
        info.features = "sm_90";
        info.totalMemory = info.freeMemory = m_script.freeMemory;
        return info;
    }
    [[nodiscard]] double measure(Ceiling ceiling) override {
        return ceiling == Ceiling::ReadBandwidth ? 3e12 : 8e14;
    }
    Status packMatrix(std::span<const WeightSource> parts,
                      std::unique_ptr<PackedWeight>& out) override {
        const Status status = m_script.next();
        return status == Status::Ok ? m_real->packMatrix(parts, out) : status;
    }
    Status packVector(std::span<const WeightSource> parts,
                      std::unique_ptr<PackedWeight>& out) override {
        const Status status = m_script.next();
        return status == Status::Ok ? m_real->packVector(parts, out) : status;
    }
    Status createKvArena(const KvLayout& layout, std::int32_t maximumBlocks,
                         std::unique_ptr<KvArena>& out) override {
        std::unique_ptr<KvArena> real;
        Status status = m_script.next();
        if (status == Status::Ok)
            status = m_real->createKvArena(layout, maximumBlocks, real);
        if (status == Status::Ok)
            out = std::make_unique<FakeArena>(m_script, std::move(real));
        return status;
    }
    Status prepare(const Program& program, std::span<const PackedWeight* const> weights,
                   std::span<const KvLayout> kv, const ExecutionLimits& limits,
                   std::unique_ptr<Executable>& out) override {
        std::unique_ptr<Executable> real;
        Status status = m_script.prepareStatus;
        if (status == Status::Ok)
            status = m_script.next();
        if (status == Status::Ok)
            status = m_real->prepare(program, weights, kv, limits, real);
        if (status == Status::Ok)
            out = std::make_unique<FakeExecutable>(m_script, std::move(real));
        return status;
    }

private:
    GpuScript& m_script;
    std::int32_t m_index;
    std::unique_ptr<Backend> m_real;
};

} // namespace

Status GpuScript::next() {
    ++calls;
    const std::int64_t left = successes.load();
    if (left < 0)
        return Status::Ok;
    if (left > 0) {
        --successes;
        return Status::Ok;
    }
    if (failure != Status::DeviceLost)
        successes = -1;
    return failure;
}

std::vector<DeviceInfo> FakeGpu::devices() const {
    std::vector<DeviceInfo> all;
    for (const std::int32_t index : m_script.devices) {
        DeviceInfo& info = all.emplace_back();
        info.kind = DeviceKind::Cuda;
        info.index = index;
        info.name = "Fake GPU";
        info.features = "sm_90";
        info.totalMemory = info.freeMemory = m_script.freeMemory;
    }
    return all;
}

Status FakeGpu::createBackend(const CudaOptions& options, std::unique_ptr<Backend>& out) {
    m_script.lastOptions = options;
    if (m_script.createStatus != Status::Ok)
        return m_script.createStatus;
    CpuOptions cpu;
    cpu.threads = 1;
    std::unique_ptr<Backend> real;
    const Status status = createCpuBackend(cpu, real);
    if (status == Status::Ok)
        out = std::make_unique<FakeBackend>(m_script, options.device, std::move(real));
    return status;
}

} // namespace hearth::test
