#pragma once

#include "common/allocation.h"
#include "hearth/kernels/program.h"
#include "hearth/kernels/status.h"

#include <cstdint>

namespace hearth::kernels::cpu {

/// RouteOp for one row at a time. Logits that are not numbers choose valid experts with weights
/// that are not numbers either, so that they show in the result.
class Router {
public:
    /// `choiceBias` [experts] or nullptr, must outlive the router.
    [[nodiscard]] Status reserve(const RouteOp& op, const float* choiceBias, std::int32_t threads);

    /// logits [experts] to out [2 * topK]. Each thread has memory of its own.
    void route(const float* logits, float* out, std::int32_t thread) const;

private:
    /// One thread's memory.
    struct Scratch {
        float* scores = nullptr;      ///< [experts]
        float* choice = nullptr;      ///< [experts] Scores that the choice goes by.
        float* groups = nullptr;      ///< [groups]
        std::uint8_t* open = nullptr; ///< [experts] What may still be chosen.
    };

    [[nodiscard]] Scratch scratch(std::int32_t thread) const;
    void score(const float* logits, const Scratch& scratch) const;
    void keepBestGroups(const Scratch& scratch) const;
    [[nodiscard]] float scoreOfGroup(const float* choice) const;

    RouteOp m_op;
    const float* m_choiceBias = nullptr;
    Buffer<float> m_floats;
    Buffer<std::uint8_t> m_open;
};

} // namespace hearth::kernels::cpu
