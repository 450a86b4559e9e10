#include "cuda/device/cublas.h"

#include <cublas_v2.h>
#include <dlfcn.h>

#include <new>

namespace hearth::kernels::cuda {

namespace {

// What NVIDIA recommends for Hopper; less makes cuBLAS choose slower products.
constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;

// cublas_v2.h overloads cublasGemmEx for C++.
using GemmEx = cublasStatus_t (*)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int,
                                  int, const void*, const void*, cudaDataType, int, const void*,
                                  cudaDataType, int, const void*, void*, cudaDataType, int,
                                  cublasComputeType_t, cublasGemmAlgo_t);

/// The functions of libcublas that we call, or why they are missing.
struct Library {
    decltype(&cublasCreate_v2) create = nullptr;
    decltype(&cublasDestroy_v2) destroy = nullptr;
    decltype(&cublasSetStream_v2) setStream = nullptr;
    decltype(&cublasSetWorkspace_v2) setWorkspace = nullptr;
    decltype(&cublasSetMathMode) setMathMode = nullptr;
    GemmEx gemm = nullptr;
    std::string problem;

    Library() {
        void* handle = nullptr;
        for (const char* name : {"libcublas.so.13", "/usr/local/cuda/lib64/libcublas.so.13"}) {
            handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
            if (handle)
                break;
            if (problem.empty())
                problem = dlerror();
        }
        if (!handle)
            return;
        problem.clear();
        find(handle, "cublasCreate_v2", create);
        find(handle, "cublasDestroy_v2", destroy);
        find(handle, "cublasSetStream_v2", setStream);
        find(handle, "cublasSetWorkspace_v2", setWorkspace);
        find(handle, "cublasSetMathMode", setMathMode);
        find(handle, "cublasGemmEx", gemm);
    }

    template<typename Function>
    void find(void* handle, const char* name, Function& function) {
        function = reinterpret_cast<Function>(dlsym(handle, name));
        if (!function)
            problem = std::string("libcublas has no ") + name;
    }
};

const Library& library() {
    static const Library loaded;
    return loaded;
}

Status toStatus(cublasStatus_t status) {
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return Status::Ok;
    case CUBLAS_STATUS_ALLOC_FAILED:
        return Status::OutOfMemory;
    case CUBLAS_STATUS_INVALID_VALUE:
        return Status::InvalidArgument;
    case CUBLAS_STATUS_NOT_SUPPORTED:
    case CUBLAS_STATUS_ARCH_MISMATCH:
        return Status::Unsupported;
    default:
        return Status::DeviceLost;
    }
}

cudaDataType dataType(DType type) {
    switch (type) {
    case DType::F16:
        return CUDA_R_16F;
    case DType::BF16:
        return CUDA_R_16BF;
    default:
        return CUDA_R_32F;
    }
}

class LoadedCublas final : public Cublas {
public:
    ~LoadedCublas() override {
        if (m_handle)
            static_cast<void>(library().destroy(m_handle));
    }

    Status open() {
        HEARTH_CUDA_TRY(start());
        HEARTH_CUDA_TRY(m_workspace.allocate(kWorkspaceBytes));
        return toStatus(library().setMathMode(
            m_handle, static_cast<cublasMath_t>(CUBLAS_DEFAULT_MATH |
                                                CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION)));
    }

    Status multiply(cudaStream_t stream, const DeviceRows& in, const void* weights,
                    std::int64_t weightStride, const DeviceRows& out, std::int32_t rows,
                    bool accumulate) override {
        HEARTH_CUDA_TRY(toStatus(library().setStream(m_handle, stream)));
        // Setting the stream forgets the workspace.
        HEARTH_CUDA_TRY(
            toStatus(library().setWorkspace(m_handle, m_workspace.data(), m_workspace.bytes())));
        const float one = 1.0F;
        const float keep = accumulate ? 1.0F : 0.0F;
        const cublasComputeType_t compute =
            in.type == DType::F32 ? CUBLAS_COMPUTE_32F_PEDANTIC : CUBLAS_COMPUTE_32F;
        // Row-major [rows, N] is column-major [N, rows].
        return toStatus(library().gemm(
            m_handle, CUBLAS_OP_T, CUBLAS_OP_N, out.width, rows, in.width, &one, weights,
            dataType(in.type), static_cast<int>(weightStride), in.data, dataType(in.type),
            static_cast<int>(in.stride), &keep, out.data, dataType(out.type),
            static_cast<int>(out.stride), compute, CUBLAS_GEMM_DEFAULT));
    }

    [[nodiscard]] std::size_t workspaceBytes() const override { return m_workspace.bytes(); }

private:
    /// cuBLAS calls a lack of device memory "not initialized", as it does a lost device.
    Status start() {
        const cublasStatus_t status = library().create(&m_handle);
        if (status != CUBLAS_STATUS_NOT_INITIALIZED)
            return toStatus(status);
        std::size_t free = 0;
        std::size_t total = 0;
        HEARTH_CUDA_TRY(cuda::toStatus(cudaMemGetInfo(&free, &total)));
        return Status::OutOfMemory;
    }

    cublasHandle_t m_handle = nullptr;
    DeviceBuffer<std::byte> m_workspace;
};

} // namespace

std::string Cublas::whyMissing() {
    return library().problem;
}

Status Cublas::create(std::unique_ptr<Cublas>& out) {
    if (!whyMissing().empty())
        return Status::Unsupported;
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<LoadedCublas> cublas(new (std::nothrow) LoadedCublas);
    if (!cublas)
        return Status::OutOfMemory;
    HEARTH_CUDA_TRY(cublas->open());
    out = std::move(cublas);
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
