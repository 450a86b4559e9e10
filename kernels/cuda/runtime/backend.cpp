#include "cuda/runtime/backend.h"

#include "common/program_check.h"
#include "cuda/attention/attention.h"
#include "cuda/device/cublas.h"
#include "cuda/device/uploader.h"
#include "cuda/matmul/multiply.h"
#include "cuda/runtime/ceiling.h"
#include "cuda/runtime/device_turn.h"
#include "cuda/runtime/executable.h"
#include "cuda/runtime/kv_arena.h"
#include "cuda/weights/packed_matrix.h"
#include "cuda/weights/packed_vector.h"

#include <exception>
#include <future>
#include <mutex>
#include <utility>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kFirstWithBFloat = 8; // Compute capability.

/// One NVIDIA device. Owns the stream of its steps, cuBLAS and the way by which weights come.
class CudaBackend final : public Backend {
public:
    explicit CudaBackend(const CudaOptions& options)
        : m_compute(options.compute) {
        m_turn.device = options.device;
    }
    ~CudaBackend() override {
        static_cast<void>(finishCublas());
        static_cast<void>(cudaSetDevice(m_turn.device));
        if (m_turn.stream)
            static_cast<void>(cudaStreamDestroy(m_turn.stream));
    }

    Status open() {
        HEARTH_CUDA_TRY(toStatus(cudaSetDevice(m_turn.device)));
        HEARTH_CUDA_TRY(attribute(cudaDevAttrMultiProcessorCount, m_turn.multiprocessors));
        std::int32_t major = 0;
        HEARTH_CUDA_TRY(attribute(cudaDevAttrComputeCapabilityMajor, major));
        const bool isNumber = m_compute == DType::F32 || m_compute == DType::F16 ||
                              (m_compute == DType::BF16 && major >= kFirstWithBFloat);
        if (!isNumber)
            return Status::Unsupported;
        HEARTH_CUDA_TRY(toStatus(cudaStreamCreateWithFlags(&m_turn.stream, cudaStreamNonBlocking)));
        // cuBLAS takes long to start: meanwhile the weights come.
        m_startingCublas = std::async(std::launch::async, [this] {
            HEARTH_CUDA_TRY(toStatus(cudaSetDevice(m_turn.device)));
            return Cublas::create(m_cublas);
        });
        HEARTH_CUDA_TRY(Uploader::create(m_uploader));
        return prepareAttention();
    }

    [[nodiscard]] DeviceInfo device() const override {
        DeviceInfo info;
        // What cannot be asked any more stays empty.
        static_cast<void>(describeDevice(m_turn.device, info));
        return info;
    }

    [[nodiscard]] double measure(Ceiling ceiling) override {
        if (ceiling == Ceiling::ReadBandwidth)
            return measureReadBandwidth(m_turn);
        return finishCublas() == Status::Ok ? measureProductRate(m_turn, *m_cublas, m_compute)
                                            : 0.0;
    }

    Status packMatrix(std::span<const WeightSource> parts,
                      std::unique_ptr<PackedWeight>& out) override {
        return guarded([&] {
            std::unique_ptr<CudaMatrix> matrix;
            const Status status = cuda::packMatrix(parts, m_compute, *m_uploader, matrix);
            if (status == Status::Ok)
                out = std::move(matrix);
            return status;
        });
    }

    [[nodiscard]] bool looksForNonFinite(DType type) const override {
        return type == m_compute && NumberCheck::knows(type);
    }

    Status foundNonFinite(bool& found) override {
        return guarded([&] { return m_uploader->numbers().take(m_uploader->stream(), found); });
    }

    Status packVector(std::span<const WeightSource> parts,
                      std::unique_ptr<PackedWeight>& out) override {
        return guarded([&] {
            std::unique_ptr<CudaVector> vector;
            const Status status = cuda::packVector(parts, *m_uploader, vector);
            if (status == Status::Ok)
                out = std::move(vector);
            return status;
        });
    }

    Status createKvArena(const KvLayout& layout, std::int32_t maximumBlocks,
                         std::unique_ptr<KvArena>& out) override {
        return guarded([&] { return CudaKvArena::create(layout, maximumBlocks, m_turn, out); });
    }

    Status prepare(const Program& program, std::span<const PackedWeight* const> weights,
                   std::span<const KvLayout> kv, const ExecutionLimits& limits,
                   std::unique_ptr<Executable>& out) override {
        return guarded([&] {
            HEARTH_CUDA_TRY(checkProgram(program, weights, kv, limits, formOf));
            HEARTH_CUDA_TRY(m_uploader->finish());
            HEARTH_CUDA_TRY(finishCublas());
            return CudaExecutable::create(program,
                                          {weights, kv, limits, m_compute, m_turn.multiprocessors},
                                          m_turn, *m_cublas, out);
        });
    }

private:
    /// Waits until cuBLAS has started, and tells how that went.
    [[nodiscard]] Status finishCublas() {
        const std::scoped_lock lock(m_cublasMutex);
        if (m_startingCublas.valid())
            m_cublasStatus = m_startingCublas.get();
        return m_cublasStatus;
    }
    [[nodiscard]] Status attribute(cudaDeviceAttr name, std::int32_t& out) const {
        return toStatus(cudaDeviceGetAttribute(&out, name, m_turn.device));
    }

    [[nodiscard]] static WeightForm formOf(const PackedWeight& weight) {
        if (dynamic_cast<const CudaMatrix*>(&weight))
            return WeightForm::Matrix;
        return dynamic_cast<const CudaVector*>(&weight) ? WeightForm::Vector : WeightForm::Foreign;
    }

    /// Runs `body` with the device current and without exceptions. The turn is not taken: weights
    /// come on a stream of their own while steps of other models go on.
    template<typename Body>
    [[nodiscard]] Status guarded(Body&& body) const {
        try {
            HEARTH_CUDA_TRY(toStatus(cudaSetDevice(m_turn.device)));
            return body();
        } catch (const std::exception&) { // No memory, or no thread.
            return Status::OutOfMemory;
        }
    }

    const DType m_compute;
    DeviceTurn m_turn;
    std::unique_ptr<Uploader> m_uploader;
    std::unique_ptr<Cublas> m_cublas;
    std::mutex m_cublasMutex; ///< Guards the next two.
    std::future<Status> m_startingCublas;
    Status m_cublasStatus = Status::Ok;
};

} // namespace

Status describeDevice(std::int32_t index, DeviceInfo& out) {
    out.kind = DeviceKind::Cuda;
    out.index = index;
    cudaDeviceProp properties{};
    HEARTH_CUDA_TRY(toStatus(cudaGetDeviceProperties(&properties, index)));
    out.name = properties.name;
    out.features = "sm_" + std::to_string(properties.major) + std::to_string(properties.minor);
    HEARTH_CUDA_TRY(toStatus(cudaSetDevice(index)));
    std::size_t free = 0;
    std::size_t total = 0;
    HEARTH_CUDA_TRY(toStatus(cudaMemGetInfo(&free, &total)));
    out.totalMemory = total;
    out.freeMemory = free;
    return Status::Ok;
}

Status createCudaBackend(const CudaOptions& options, std::unique_ptr<Backend>& out) {
    try {
        if (!mayAllocate())
            return Status::OutOfMemory;
        auto backend = std::make_unique<CudaBackend>(options);
        HEARTH_CUDA_TRY(backend->open());
        out = std::move(backend);
        return Status::Ok;
    } catch (const std::exception&) { // No memory, or no thread.
        return Status::OutOfMemory;
    }
}

} // namespace hearth::kernels::cuda
