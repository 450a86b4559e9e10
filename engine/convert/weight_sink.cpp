#include "convert/weight_sink.h"

#include <utility>

namespace hearth {

using namespace kernels;

namespace {

/// What is left here of a weight that has been written.
class Written final : public PackedWeight {
public:
    [[nodiscard]] std::int64_t rows() const override { return 0; }
    [[nodiscard]] std::int64_t columns() const override { return 0; }
    [[nodiscard]] std::size_t ownedBytes() const override { return 0; }
    [[nodiscard]] bool refersToSource() const override { return false; }
    [[nodiscard]] std::uint32_t layoutId() const override { return 0; }
    [[nodiscard]] std::uint32_t layoutVersion() const override { return 0; }
};

} // namespace

double WeightSink::measure(Ceiling /*ceiling*/) {
    return 0.0;
}

Status WeightSink::forward(WeightShape shape, std::span<const WeightSource> parts,
                           std::unique_ptr<PackedWeight>& out) {
    if (const auto taken = take(shape, parts); !taken) {
        m_error = taken.error();
        return Status::Unsupported;
    }
    out = std::make_unique<Written>();
    return Status::Ok;
}

Status WeightSink::packMatrix(std::span<const WeightSource> parts,
                              std::unique_ptr<PackedWeight>& out) {
    return forward(WeightShape::Matrix, parts, out);
}

Status WeightSink::packVector(std::span<const WeightSource> parts,
                              std::unique_ptr<PackedWeight>& out) {
    return forward(WeightShape::Vector, parts, out);
}

Status WeightSink::createKvArena(const KvLayout& /*layout*/, std::int32_t /*maximumBlocks*/,
                                 std::unique_ptr<KvArena>& /*out*/) {
    return Status::Unsupported;
}

Status WeightSink::prepare(const Program& /*program*/,
                           std::span<const PackedWeight* const> /*weights*/,
                           std::span<const KvLayout> /*kv*/, const ExecutionLimits& /*limits*/,
                           std::unique_ptr<Executable>& /*out*/) {
    return Status::Unsupported;
}

} // namespace hearth
