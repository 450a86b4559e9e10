// Takes the place of kernels/cuda/device/cublas.cpp: the same products by plain loops.

#include "cuda/device/cublas.h"

#include "cuda/device/number.cuh"
#include "cuda_emulation/execution.h"

#include <utility>
#include <vector>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kWorkspaceBytes = 1 << 20;

template<typename In, typename Out>
void multiplyRows(const DeviceRows& in, const In* weights, std::int64_t weightStride,
                  const DeviceRows& out, std::int32_t rows, bool accumulate) {
    std::vector<float> row(in.width);
    for (std::int32_t r = 0; r < rows; ++r) {
        for (std::int32_t k = 0; k < in.width; ++k)
            row[k] = toFloat(in.as<In>()[r * in.stride + k]);
        Out* const target = out.as<Out>() + r * out.stride;
        for (std::int32_t n = 0; n < out.width; ++n) {
            float sum = accumulate ? toFloat(target[n]) : 0;
            for (std::int32_t k = 0; k < in.width; ++k)
                sum += row[k] * toFloat(weights[n * weightStride + k]);
            target[n] = fromFloat<Out>(sum);
        }
    }
}

class EmulatedCublas final : public Cublas {
public:
    Status multiply(cudaStream_t stream, const DeviceRows& in, const void* weights,
                    std::int64_t weightStride, const DeviceRows& out, std::int32_t rows,
                    bool accumulate) override {
        if (out.type != DType::F32 && out.type != in.type)
            return Status::InvalidArgument;
        return toStatus(emulation::launchHost(stream, [=] {
            withNumber(in.type, [&](auto inTag) {
                withNumber(out.type, [&](auto outTag) {
                    using In = typename decltype(inTag)::Type;
                    using Out = typename decltype(outTag)::Type;
                    multiplyRows<In, Out>(in, static_cast<const In*>(weights), weightStride, out,
                                          rows, accumulate);
                });
            });
        }));
    }
    std::size_t workspaceBytes() const override { return m_workspace.bytes(); }

    Status allocate() { return m_workspace.allocate(kWorkspaceBytes); }

private:
    DeviceBuffer<std::byte> m_workspace;
};

} // namespace

std::string Cublas::whyMissing() {
    return {};
}

Status Cublas::create(std::unique_ptr<Cublas>& out) {
    auto cublas = std::make_unique<EmulatedCublas>();
    HEARTH_CUDA_TRY(cublas->allocate());
    out = std::move(cublas);
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
