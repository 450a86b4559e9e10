#pragma once

#include <cstdint>

#include "text/jinja/template.h"
#include "text/jinja/template_error.h"

namespace hearth::jinja {

/// Counts what a rendering spends and throws TemplateError once a limit is passed. One rendering,
/// one thread.
class Budget {
public:
    explicit Budget(const RenderLimits& limits)
        : m_limits(limits) {}

    /// `count` units of work.
    void step(std::uint64_t count = 1) {
        m_steps += count;
        if (m_steps > m_limits.maxSteps)
            throw TemplateError("the template takes too many steps");
    }
    /// Work in proportion to bytes walked over.
    void walk(std::uint64_t bytes) { step(bytes / kBytesPerStep); }
    /// Call before `bytes` are allocated for a value.
    void build(std::uint64_t bytes) {
        if (bytes > m_limits.maxBuiltBytes || m_built > m_limits.maxBuiltBytes - bytes)
            throw TemplateError("the template builds too much text or too long lists");
        m_built += bytes;
    }
    /// `size`: the bytes rendered so far.
    void checkOutput(std::uint64_t size) const {
        if (size > m_limits.maxOutputBytes)
            throw TemplateError("the rendered text is too long");
    }
    /// A value with `height` levels of lists and objects is about to be made.
    void checkHeight(std::uint32_t height) const {
        if (height > m_limits.maxDepth)
            throw TemplateError("a value is nested too deep");
    }
    [[nodiscard]] const RenderLimits& limits() const { return m_limits; }

    /// One more level of evaluation for as long as it lives.
    class Level {
    public:
        explicit Level(Budget& budget)
            : m_budget(budget) {
            if (m_budget.m_depth >= m_budget.m_limits.maxDepth)
                throw TemplateError("the template is nested or recurses too deep");
            ++m_budget.m_depth;
        }
        ~Level() { --m_budget.m_depth; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        Budget& m_budget;
    };

private:
    static constexpr std::uint64_t kBytesPerStep = 256;

    const RenderLimits m_limits;
    std::uint64_t m_steps = 0;
    std::uint64_t m_built = 0;
    std::uint32_t m_depth = 0;
};

} // namespace hearth::jinja
