#pragma once

#include "common/staged_step.h"
#include "cuda/attention/attention.h"
#include "cuda/device/memory.h"
#include "cuda/device/tensor.h"
#include "hearth/kernels/backend.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// How large a step's arrays are made: the step itself, or a bucket that it is padded to.
struct StepShape {
    std::int32_t tokens = 0;
    std::int32_t sequences = 0;
    std::int32_t logits = 0;
    std::int32_t maxContext = 0; ///< Of any group, at most; also sizes the block tables.

    bool operator==(const StepShape&) const = default;
};

/// The context that a step to be replayed is padded to: a power of two.
[[nodiscard]] constexpr std::int32_t contextBucket(std::int32_t context) {
    constexpr std::uint32_t kLeast = 256;
    return static_cast<std::int32_t>(
        std::max(kLeast, std::bit_ceil(static_cast<std::uint32_t>(context))));
}

/// A step's metadata on its way to the device: checked by StagedStep, laid out in one page-locked
/// buffer, taken over by one copy. Steps of one shape lie at the same addresses, so that a
/// recorded graph finds the next step where it found the last.
class StepBuffers {
public:
    [[nodiscard]] Status reserve(const ExecutionLimits& limits, std::span<const KvLayout> kv);
    [[nodiscard]] std::size_t bytes() const { return m_device.bytes(); }

    /// Fills in `step`, whose source is `host`, padded to `shape`, and queues the copy. Queries of
    /// at least `tileTokens` tokens are shared out to attention tiles; 0: none are.
    [[nodiscard]] Status upload(const StagedStep& step, const HostStep& host,
                                const StepShape& shape, std::int32_t tileTokens,
                                cudaStream_t stream);

    [[nodiscard]] const DeviceStep& step() const { return m_step; }
    [[nodiscard]] const DeviceTables& tables(std::int32_t group) const {
        return m_tables[std::size_t(group)];
    }
    [[nodiscard]] const AttentionPlan& plan() const { return m_plan; }

    StepBuffers() = default;
    StepBuffers(const StepBuffers&) = delete;
    StepBuffers& operator=(const StepBuffers&) = delete;
    ~StepBuffers();

private:
    /// Host and device address of one array.
    template<typename T>
    struct Array {
        T* host = nullptr;
        const T* device = nullptr;
    };
    template<typename T>
    [[nodiscard]] Array<T> take(std::size_t count);

    void fillTokens(const StagedStep& step, const StepShape& shape);
    void fillSequences(const StagedStep& step, const StepShape& shape);
    void fillTables(const StagedStep& step, const StepShape& shape);
    [[nodiscard]] std::int32_t longestContext(const StagedStep& step, std::int32_t sequence) const;
    void fillTree(const StagedStep& step, const HostStep& host);
    void fillPlan(const StagedStep& step, const StepShape& shape, std::int32_t tileTokens);

    struct Group {
        std::int32_t blockTokens = 1;
        bool hasOwnContexts = false; ///< Cross groups.
    };

    std::vector<Group> m_groups; ///< KV groups.
    PinnedBuffer<std::byte> m_host;
    DeviceBuffer<std::byte> m_device;
    std::size_t m_used = 0;
    cudaEvent_t m_copied = nullptr; ///< The device has taken the last step's metadata.
    DeviceStep m_step;
    std::vector<DeviceTables> m_tables;
    AttentionPlan m_plan;
};

} // namespace hearth::kernels::cuda
