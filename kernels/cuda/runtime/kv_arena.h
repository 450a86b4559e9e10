#pragma once

#include "cuda/runtime/device_turn.h"
#include "hearth/kernels/kv_cache.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hearth::kernels::cuda {

/// Blocks in device memory: addresses are reserved once, and a resize maps chunks of physical
/// memory behind them or gives chunks back (CUDA's virtual memory management).
class CudaKvArena final : public KvArena {
public:
    /// `turn` must outlive the arena.
    [[nodiscard]] static Status create(const KvLayout& layout, std::int32_t maximumBlocks,
                                       DeviceTurn& turn, std::unique_ptr<KvArena>& out);
    ~CudaKvArena() override;
    CudaKvArena(const CudaKvArena&) = delete;
    CudaKvArena& operator=(const CudaKvArena&) = delete;

    [[nodiscard]] const KvLayout& layout() const override { return m_layout; }
    [[nodiscard]] std::int32_t capacity() const override { return m_capacity; }
    [[nodiscard]] std::int32_t maximum() const override { return m_maximum; }
    Status resize(std::int32_t blocks) override;
    Status copyBlock(std::int32_t from, std::int32_t to) override;
    [[nodiscard]] std::byte* base() const override { return m_base; }

private:
    explicit CudaKvArena(DeviceTurn& turn)
        : m_turn(turn) {}
    [[nodiscard]] Status mapChunk();
    void unmapChunk();

    DeviceTurn& m_turn;
    KvLayout m_layout;
    std::int32_t m_capacity = 0;
    std::int32_t m_maximum = 0;
    std::size_t m_chunkBytes = 0;
    std::size_t m_reservedBytes = 0;
    std::byte* m_base = nullptr;
    std::vector<unsigned long long> m_chunks; ///< Handles of the physical memory, in order.
};

} // namespace hearth::kernels::cuda
