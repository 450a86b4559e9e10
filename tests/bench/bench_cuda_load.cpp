// Where the time goes from nothing to weights on the device:
//     bench_cuda_load FILE…
// Each file is mapped and packed as bfloat16 matrices of 4,096 columns, 8,192 rows at a time.

#include "cuda/device/status.h"
#include "cuda/runtime/backend.h"

#include <cuda_runtime.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace hearth::kernels;

constexpr std::int64_t kColumns = 4096;
constexpr std::int64_t kRows = 8192;

class Watch {
public:
    void lap(const char* what) {
        const auto now = std::chrono::steady_clock::now();
        std::printf("%-32s %8.1f ms\n", what,
                    std::chrono::duration<double, std::milli>(now - m_last).count());
        m_last = std::chrono::steady_clock::now();
    }

private:
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

void check(Status status, const char* what) {
    if (status == Status::Ok)
        return;
    std::fprintf(stderr, "%s failed with status %d\n", what, static_cast<int>(status));
    std::exit(1);
}

struct Mapping {
    const std::byte* data = nullptr;
    std::size_t bytes = 0;
};

Mapping map(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (file < 0 || fstat(file, &status) != 0) {
        std::perror(path);
        std::exit(1);
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* const data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (data == MAP_FAILED) {
        std::perror(path);
        std::exit(1);
    }
    return {static_cast<const std::byte*>(data), bytes};
}

} // namespace

int main(int count, char** arguments) {
    Watch watch;
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        std::fputs("no CUDA device\n", stderr);
        return 1;
    }
    watch.lap("driver");
    static_cast<void>(cudaSetDevice(0));
    static_cast<void>(cudaFree(nullptr));
    watch.lap("context");
    std::unique_ptr<Backend> backend;
    check(cuda::createCudaBackend({0, DType::BF16}, backend), "backend");
    watch.lap("backend");
    std::vector<std::unique_ptr<PackedWeight>> weights;
    std::size_t total = 0;
    for (int i = 1; i < count; ++i) {
        const Mapping file = map(arguments[i]);
        constexpr std::size_t kBytes = std::size_t(kColumns) * kRows * 2;
        for (std::size_t at = 0; at + kBytes <= file.bytes; at += kBytes, total += kBytes) {
            const WeightSource source{file.data + at, DType::BF16,  kRows,
                                      kColumns,       kColumns * 2, nullptr};
            check(backend->packMatrix({&source, 1}, weights.emplace_back()), "weights");
        }
    }
    watch.lap("weights read");
    check(cuda::toStatus(cudaDeviceSynchronize()), "weights");
    watch.lap("weights there");
    static_cast<void>(backend->measure(Ceiling::MultiplyAdd));
    watch.lap("cuBLAS, and a few products");
    std::printf("%.2f GB\n", static_cast<double>(total) / 1e9);
    weights.clear();
    watch.lap("freed");
    return 0;
}
