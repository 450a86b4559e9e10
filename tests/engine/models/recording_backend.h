#pragma once

#include "hearth/kernels/backend.h"

#include <memory>
#include <optional>
#include <vector>

namespace hearth::test {

/// Takes weights and remembers what they came from; computes nothing.
class RecordingBackend final : public kernels::Backend {
public:
    struct Part {
        kernels::WeightSource source;
        std::optional<kernels::GroupQuantisation> groups;
    };
    std::vector<Part> parts;

    [[nodiscard]] kernels::DeviceInfo device() const override { return {}; }
    [[nodiscard]] double measure(kernels::Ceiling /*ceiling*/) override { return 0.0; }
    kernels::Status packMatrix(std::span<const kernels::WeightSource> sources,
                               std::unique_ptr<kernels::PackedWeight>& out) override {
        return take(sources, out);
    }
    kernels::Status packVector(std::span<const kernels::WeightSource> sources,
                               std::unique_ptr<kernels::PackedWeight>& out) override {
        return take(sources, out);
    }
    kernels::Status createKvArena(const kernels::KvLayout& /*layout*/, std::int32_t /*maximum*/,
                                  std::unique_ptr<kernels::KvArena>& /*out*/) override {
        return kernels::Status::Unsupported;
    }
    kernels::Status prepare(const kernels::Program& /*program*/,
                            std::span<const kernels::PackedWeight* const> /*weights*/,
                            std::span<const kernels::KvLayout> /*kv*/,
                            const kernels::ExecutionLimits& /*limits*/,
                            std::unique_ptr<kernels::Executable>& /*out*/) override {
        return kernels::Status::Unsupported;
    }

private:
    class Weight final : public kernels::PackedWeight {
    public:
        explicit Weight(std::span<const kernels::WeightSource> sources) {
            for (const kernels::WeightSource& source : sources) {
                m_rows += source.rows;
                m_columns = source.columns;
                m_bytes += std::size_t(source.rows * source.rowBytes);
            }
        }
        [[nodiscard]] std::int64_t rows() const override { return m_rows; }
        [[nodiscard]] std::int64_t columns() const override { return m_columns; }
        [[nodiscard]] std::size_t ownedBytes() const override { return m_bytes; }
        [[nodiscard]] bool refersToSource() const override { return false; }
        [[nodiscard]] std::uint32_t layoutId() const override { return 0; }
        [[nodiscard]] std::uint32_t layoutVersion() const override { return 0; }

    private:
        std::int64_t m_rows = 0;
        std::int64_t m_columns = 0;
        std::size_t m_bytes = 0;
    };

    kernels::Status take(std::span<const kernels::WeightSource> sources,
                         std::unique_ptr<kernels::PackedWeight>& out) {
        for (const kernels::WeightSource& source : sources)
            parts.push_back({source, source.groups != nullptr ? std::optional(*source.groups)
                                                              : std::nullopt});
        out = std::make_unique<Weight>(sources);
        return kernels::Status::Ok;
    }
};

} // namespace hearth::test
