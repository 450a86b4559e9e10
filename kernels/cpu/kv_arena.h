#pragma once

#include "hearth/kernels/kv_cache.h"

#include <memory>

namespace hearth::kernels::cpu {

/// Blocks in anonymous memory: addresses are reserved without access, and a resize opens or closes
/// the pages behind them.
class CpuKvArena final : public KvArena {
public:
    [[nodiscard]] static Status create(const KvLayout& layout, std::int32_t maximumBlocks,
                                       std::unique_ptr<KvArena>& out);
    ~CpuKvArena() override;
    CpuKvArena(const CpuKvArena&) = delete;
    CpuKvArena& operator=(const CpuKvArena&) = delete;

    [[nodiscard]] const KvLayout& layout() const override { return m_layout; }
    [[nodiscard]] std::int32_t capacity() const override { return m_capacity; }
    [[nodiscard]] std::int32_t maximum() const override { return m_maximum; }
    Status resize(std::int32_t blocks) override;
    Status copyBlock(std::int32_t from, std::int32_t to) override;
    [[nodiscard]] std::byte* base() const override { return m_base; }

private:
    CpuKvArena() = default;
    [[nodiscard]] std::size_t committedBytes(std::int32_t blocks) const;

    KvLayout m_layout;
    std::int32_t m_capacity = 0;
    std::int32_t m_maximum = 0;
    std::size_t m_blockBytes = 0;
    std::size_t m_reservedBytes = 0;
    std::byte* m_base = nullptr;
};

} // namespace hearth::kernels::cpu
