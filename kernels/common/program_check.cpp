#include "common/program_check.h"

#include "common/cache_format.h"

#include <cmath>
#include <new>
#include <vector>

namespace hearth::kernels {

namespace {

constexpr std::int32_t kMaxWidth = 1 << 24;
constexpr std::int32_t kMaxRows = 1 << 20;
constexpr std::int32_t kMaxContext = 1 << 30;

class Checker {
public:
    Checker(const Program& program, std::span<const PackedWeight* const> weights,
            std::span<const KvLayout> kv, WeightFormOf formOf)
        : m_program(program)
        , m_weights(weights)
        , m_kv(kv)
        , m_formOf(formOf)
        , m_written(program.values.size()) {}

    [[nodiscard]] Status check() {
        for (const Value& value : m_program.values)
            if (value.width < 1 || value.width > kMaxWidth)
                return Status::InvalidArgument;
        for (const Operation& operation : m_program.operations) {
            if (std::holds_alternative<AllReduceOp>(operation))
                return Status::Unsupported;
            if (!std::visit([this](const auto& op) { return fits(op); }, operation))
                return Status::InvalidArgument;
        }
        return fitsResults() ? Status::Ok : Status::InvalidArgument;
    }

private:
    [[nodiscard]] bool exists(const View& view) const {
        return view.value >= 0 && std::size_t(view.value) < m_program.values.size() &&
               view.offset >= 0 && view.width > 0 &&
               view.width <= m_program.values[std::size_t(view.value)].width - view.offset;
    }
    [[nodiscard]] bool canRead(const View& view) const {
        return exists(view) && m_written[std::size_t(view.value)];
    }
    [[nodiscard]] bool canWrite(const View& view) {
        if (!exists(view))
            return false;
        m_written[std::size_t(view.value)] = true;
        return true;
    }
    [[nodiscard]] Rows rows(const View& view) const {
        return m_program.values[std::size_t(view.value)].rows;
    }
    [[nodiscard]] static bool overlap(const View& a, const View& b) {
        return a.value == b.value && a.offset < b.offset + b.width && b.offset < a.offset + a.width;
    }
    [[nodiscard]] static bool same(const View& a, const View& b) {
        return a.value == b.value && a.offset == b.offset && a.width == b.width;
    }

    [[nodiscard]] const PackedWeight* weight(WeightId id, WeightForm form) const {
        if (id < 0 || std::size_t(id) >= m_weights.size())
            return nullptr;
        const PackedWeight* const found = m_weights[std::size_t(id)];
        return found && m_formOf(*found) == form ? found : nullptr;
    }
    [[nodiscard]] bool isMatrix(WeightId id, std::int64_t rowCount, std::int64_t columns) const {
        const PackedWeight* matrix = weight(id, WeightForm::Matrix);
        return matrix && matrix->columns() == columns &&
               (rowCount == 0 || matrix->rows() == rowCount);
    }
    /// True for kNone too.
    [[nodiscard]] bool isVector(WeightId id, std::int64_t length) const {
        const PackedWeight* vector = weight(id, WeightForm::Vector);
        return id == kNone || (vector && vector->columns() == length);
    }
    [[nodiscard]] const KvLayout* layout(std::int32_t group, std::int32_t layer) const {
        if (group < 0 || std::size_t(group) >= m_kv.size())
            return nullptr;
        const KvLayout& found = m_kv[std::size_t(group)];
        return layer >= 0 && layer < found.layers ? &found : nullptr;
    }
    [[nodiscard]] static bool isProduct(std::int32_t width, std::int32_t a, std::int32_t b) {
        return std::int64_t{a} * b == width;
    }

    [[nodiscard]] bool fits(const EmbedOp& op) {
        return canWrite(op.out) && rows(op.out) == Rows::Tokens && std::isfinite(op.scale) &&
               isMatrix(op.table, 0, op.out.width) &&
               (op.positions == kNone || isMatrix(op.positions, 0, op.out.width));
    }
    [[nodiscard]] bool fits(const NormOp& op) {
        return canRead(op.in) && canWrite(op.out) && rows(op.in) == rows(op.out) &&
               op.in.width == op.out.width && op.width > 0 && op.in.width % op.width == 0 &&
               (same(op.in, op.out) || !overlap(op.in, op.out)) && isVector(op.gain, op.width) &&
               isVector(op.bias, op.width);
    }
    [[nodiscard]] bool fits(const LinearOp& op) {
        return canRead(op.in) && (!op.accumulate || canRead(op.out)) && canWrite(op.out) &&
               rows(op.in) == rows(op.out) && !overlap(op.in, op.out) &&
               isMatrix(op.weight, op.out.width, op.in.width) && isVector(op.bias, op.out.width);
    }
    [[nodiscard]] bool fits(const RopeOp& op) {
        return canRead(op.heads) && rows(op.heads) == Rows::Tokens && op.headWidth > 0 &&
               op.heads.width % op.headWidth == 0 && op.rotaryWidth > 0 &&
               op.rotaryWidth <= op.headWidth && op.rotaryWidth % 2 == 0 &&
               op.frequencies.size() == std::size_t(op.rotaryWidth) / 2;
    }
    [[nodiscard]] bool fits(const StoreKvOp& op) {
        const KvLayout* kv = layout(op.group, op.layer);
        return kv && canRead(op.keys) && canRead(op.values) && rows(op.keys) == Rows::Tokens &&
               rows(op.values) == Rows::Tokens &&
               isProduct(op.keys.width, kv->kvHeads, kv->keyWidth) &&
               isProduct(op.values.width, kv->kvHeads, kv->valueWidth);
    }
    [[nodiscard]] bool fits(const AttentionOp& op) {
        const KvLayout* kv = layout(op.group, op.layer);
        return kv && canRead(op.queries) && canWrite(op.out) && rows(op.queries) == Rows::Tokens &&
               rows(op.out) == Rows::Tokens && !overlap(op.queries, op.out) && op.heads > 0 &&
               op.heads % kv->kvHeads == 0 && isProduct(op.queries.width, op.heads, kv->keyWidth) &&
               isProduct(op.out.width, op.heads, kv->valueWidth) && op.softcap >= 0.0F &&
               op.window >= 0 && (op.alibi.empty() || op.alibi.size() == std::size_t(op.heads)) &&
               isVector(op.sinks, op.heads);
    }
    [[nodiscard]] bool fits(const ActivationOp& op) {
        const bool gated = op.up.value != kNone;
        if (!canRead(op.gate) || (gated && !canRead(op.up)) || !canWrite(op.out))
            return false;
        const auto agrees = [&](const View& view) {
            return view.width == op.out.width && rows(view) == rows(op.out) &&
                   (same(view, op.out) || !overlap(view, op.out));
        };
        return agrees(op.gate) && (!gated || agrees(op.up));
    }
    [[nodiscard]] bool fits(const AddOp& op) {
        return canRead(op.in) && canRead(op.out) && rows(op.in) == rows(op.out) &&
               op.in.width == op.out.width && (same(op.in, op.out) || !overlap(op.in, op.out));
    }
    [[nodiscard]] bool fits(const SelectRowsOp& op) {
        return canRead(op.in) && canWrite(op.out) && rows(op.in) == Rows::Tokens &&
               rows(op.out) == Rows::Logits && op.in.width == op.out.width;
    }
    [[nodiscard]] bool fits(const SoftcapOp& op) { return canRead(op.values) && op.cap > 0.0F; }
    [[nodiscard]] static bool fits(const AllReduceOp&) { return false; }

    [[nodiscard]] bool fitsResults() const {
        const View& logits = m_program.logits;
        const View& hidden = m_program.hidden;
        return (logits.value == kNone || (canRead(logits) && rows(logits) == Rows::Logits)) &&
               (hidden.value == kNone || (canRead(hidden) && rows(hidden) == Rows::Tokens));
    }

    const Program& m_program;
    std::span<const PackedWeight* const> m_weights;
    std::span<const KvLayout> m_kv;
    WeightFormOf m_formOf;
    std::vector<bool> m_written;
};

} // namespace

Status checkProgram(const Program& program, std::span<const PackedWeight* const> weights,
                    std::span<const KvLayout> kv, const ExecutionLimits& limits,
                    WeightFormOf formOf) {
    const auto inRange = [](std::int32_t value, std::int32_t least) {
        return value >= least && value <= kMaxRows;
    };
    if (!inRange(limits.maxTokens, 1) || !inRange(limits.maxSequences, 1) ||
        !inRange(limits.maxLogits, 0) || limits.maxContext < 1 || limits.maxContext > kMaxContext)
        return Status::InvalidArgument;
    for (const KvLayout& layout : kv)
        if (const Status status = checkLayout(layout); status != Status::Ok)
            return status;
    return Checker(program, weights, kv, formOf).check();
}

} // namespace hearth::kernels
