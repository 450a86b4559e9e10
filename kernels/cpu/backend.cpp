#include "hearth/kernels/cpu_backend.h"

#include "common/allocation.h"
#include "common/program_check.h"
#include "cpu/ceiling.h"
#include "cpu/cpu_features.h"
#include "cpu/executable.h"
#include "cpu/kv_arena.h"
#include "cpu/matrix/packed_matrix.h"
#include "cpu/memory_info.h"
#include "cpu/packed_vector.h"
#include "cpu/thread_pool.h"

#include <algorithm>
#include <new>
#include <utility>

namespace hearth::kernels {

namespace {

using namespace cpu;

/// The processor that this process runs on. Owns the threads on which packing and steps take turns.
class CpuBackend final : public Backend {
public:
    CpuBackend(const CpuOptions& options, CpuFeature feature)
        : m_pool(options.threads)
        , m_feature(feature)
        , m_exactActivations(options.exactActivations) {}

    [[nodiscard]] DeviceInfo device() const override {
        DeviceInfo info;
        info.kind = DeviceKind::Cpu;
        info.name = processorName();
        info.features = featureName(m_feature);
        info.totalMemory = totalMemory();
        info.freeMemory = availableMemory();
        info.threads = m_pool.threads();
        return info;
    }

    [[nodiscard]] double measure(Ceiling ceiling) override {
        try {
            return ceiling == Ceiling::ReadBandwidth ? measureReadBandwidth(m_pool)
                                                     : measureMultiplyAddRate(m_pool);
        } catch (const std::bad_alloc&) {
            return 0.0;
        }
    }

    Status packMatrix(std::span<const WeightSource> parts,
                      std::unique_ptr<PackedWeight>& out) override {
        return guarded([&] {
            if (anyWithoutData(parts))
                return Status::Unsupported;
            std::unique_ptr<PackedMatrix> matrix;
            const PackOptions options{m_feature, m_exactActivations, &m_pool};
            const Status status = cpu::packMatrix(parts, options, matrix);
            if (status == Status::Ok)
                out = std::move(matrix);
            return status;
        });
    }

    Status packVector(std::span<const WeightSource> parts,
                      std::unique_ptr<PackedWeight>& out) override {
        return guarded([&] {
            if (anyWithoutData(parts))
                return Status::Unsupported;
            std::unique_ptr<PackedVector> vector;
            const Status status = cpu::packVector(parts, vector);
            if (status == Status::Ok)
                out = std::move(vector);
            return status;
        });
    }

    Status createKvArena(const KvLayout& layout, std::int32_t maximumBlocks,
                         std::unique_ptr<KvArena>& out) override {
        return CpuKvArena::create(layout, maximumBlocks, out);
    }

    Status prepare(const Program& program, std::span<const PackedWeight* const> weights,
                   std::span<const KvLayout> kv, const ExecutionLimits& limits,
                   std::unique_ptr<Executable>& out) override {
        return guarded([&] {
            if (const Status status = checkProgram(program, weights, kv, limits, formOf);
                status != Status::Ok)
                return status;
            return CpuExecutable::create(
                program, {weights, kv, limits, m_feature, m_pool.threads()}, m_pool, out);
        });
    }

private:
    /// Random weights measure the speed of GPUs; here they are not worth the memory.
    [[nodiscard]] static bool anyWithoutData(std::span<const WeightSource> parts) {
        return std::any_of(parts.begin(), parts.end(), [](const WeightSource& part) {
            return part.data == nullptr && part.rows > 0 && part.columns > 0;
        });
    }
    [[nodiscard]] static WeightForm formOf(const PackedWeight& weight) {
        if (dynamic_cast<const PackedMatrix*>(&weight))
            return WeightForm::Matrix;
        return dynamic_cast<const PackedVector*>(&weight) ? WeightForm::Vector
                                                          : WeightForm::Foreign;
    }

    template<typename Body>
    [[nodiscard]] static Status guarded(Body&& body) {
        try {
            return body();
        } catch (const std::bad_alloc&) {
            return Status::OutOfMemory;
        }
    }

    ThreadPool m_pool;
    CpuFeature m_feature;
    bool m_exactActivations;
};

} // namespace

Status createCpuBackend(const CpuOptions& options, std::unique_ptr<Backend>& out) {
    if (options.threads < 0)
        return Status::InvalidArgument;
    try {
        if (!mayAllocate())
            return Status::OutOfMemory;
        out = std::make_unique<CpuBackend>(options, detectFeature(options.maximumFeature));
        return Status::Ok;
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    }
}

} // namespace hearth::kernels
