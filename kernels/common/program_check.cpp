#include "common/program_check.h"

#include "common/cache_format.h"

#include <algorithm>
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
               (op.positions == kNone || isMatrix(op.positions, 0, op.out.width)) &&
               isVector(op.bias, op.out.width);
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
    /// Heads of a view; 0 where the view makes no sense.
    [[nodiscard]] static std::int32_t heads(const HeadsView& view) {
        const bool fits = view.headWidth > 0 && view.heads.width % view.headWidth == 0 &&
                          view.offset >= 0 && view.width > 0 &&
                          view.width <= view.headWidth - view.offset;
        return fits ? view.heads.width / view.headWidth : 0;
    }
    [[nodiscard]] bool readsAndWritesHeads(const HeadsView& in, const HeadsView& out) {
        return canRead(in.heads) && exists(out.heads) && rows(in.heads) == rows(out.heads) &&
               heads(in) > 0 && heads(out) > 0 && !overlap(in.heads, out.heads) &&
               canWrite(out.heads);
    }
    [[nodiscard]] bool fits(const HeadLinearOp& op) {
        return readsAndWritesHeads(op.in, op.out) && heads(op.in) == heads(op.out) &&
               isMatrix(op.weight, std::int64_t{heads(op.out)} * op.out.width, op.in.width);
    }
    [[nodiscard]] bool fits(const CopyHeadsOp& op) {
        return readsAndWritesHeads(op.in, op.out) && op.in.width == op.out.width &&
               (heads(op.in) == heads(op.out) || heads(op.in) == 1);
    }
    [[nodiscard]] bool fits(const RopeOp& op) {
        const std::size_t pairs = std::size_t(std::max(op.rotaryWidth, 0)) / 2;
        const bool turns = canRead(op.heads) && rows(op.heads) == Rows::Tokens &&
                           op.headWidth > 0 && op.heads.width % op.headWidth == 0 &&
                           op.rotaryOffset >= 0 && op.rotaryWidth > 0 &&
                           op.rotaryWidth <= op.headWidth - op.rotaryOffset &&
                           op.rotaryWidth % 2 == 0 && op.frequencies.size() == pairs;
        const bool follows = op.originalLength > 0 && std::isfinite(op.dynamicFactor);
        const bool isDynamic = op.dynamicFactor != 0.0F;
        return turns && op.originalLength >= 0 &&
               (op.longFrequencies.empty() || (follows && op.longFrequencies.size() == pairs)) &&
               (!isDynamic || (follows && op.longFrequencies.empty() && op.dynamicFactor > 0.0F &&
                               op.rotaryWidth > 2));
    }
    [[nodiscard]] bool fits(const PositionScaleOp& op) {
        return canRead(op.values) && rows(op.values) == Rows::Tokens && op.originalLength > 1;
    }
    [[nodiscard]] bool fits(const StoreKvOp& op) {
        const KvLayout* kv = layout(op.group, op.layer);
        if (!kv || !canRead(op.keys) || rows(op.keys) != Rows::Tokens ||
            !isProduct(op.keys.width, kv->kvHeads, kv->keyWidth))
            return false;
        if (kv->kind == KvKind::Latent)
            return op.values.value == kNone;
        return canRead(op.values) && rows(op.values) == Rows::Tokens &&
               isProduct(op.values.width, kv->kvHeads, kv->valueWidth);
    }
    [[nodiscard]] bool fits(const AttentionOp& op) {
        const KvLayout* kv = layout(op.group, op.layer);
        if (!kv || op.heads < 1 || op.heads % kv->kvHeads != 0)
            return false;
        const bool isLatent = kv->kind == KvKind::Latent;
        const bool outFits =
            isLatent ? op.out.width % op.heads == 0 && op.out.width / op.heads <= kv->keyWidth
                     : isProduct(op.out.width, op.heads, kv->valueWidth);
        const std::int64_t bias =
            std::int64_t{op.heads} * (2 * std::int64_t{op.positionBiasReach} + 1);
        return canRead(op.queries) && canWrite(op.out) && rows(op.queries) == Rows::Tokens &&
               rows(op.out) == Rows::Tokens && !overlap(op.queries, op.out) && outFits &&
               isProduct(op.queries.width, op.heads, kv->keyWidth) && op.softcap >= 0.0F &&
               op.window >= 0 && (op.alibi.empty() || op.alibi.size() == std::size_t(op.heads)) &&
               isVector(op.sinks, op.heads) && op.positionBiasReach >= 0 &&
               isVector(op.positionBias, bias) &&
               (kv->kind != KvKind::Cross || (!op.causal && op.window == 0));
    }
    [[nodiscard]] bool fits(const ActivationOp& op) {
        const bool gated = op.up.value != kNone;
        if (!gated && op.kind == Activation::ClampedSwiglu)
            return false;
        if (!canRead(op.gate) || (gated && !canRead(op.up)) || !canWrite(op.out))
            return false;
        const auto agrees = [&](const View& view) {
            return view.width == op.out.width && rows(view) == rows(op.out) &&
                   (same(view, op.out) || !overlap(view, op.out));
        };
        return agrees(op.gate) && (!gated || agrees(op.up));
    }
    [[nodiscard]] bool fits(const RouteOp& op) {
        const std::int32_t experts = op.logits.width;
        const bool groupsFit =
            op.groups >= 1 && op.topGroups >= 1 && op.topGroups <= op.groups &&
            experts % op.groups == 0 &&
            (op.groupScore == RouterGroupScore::Max || op.groups == 1 || experts / op.groups >= 2);
        return canRead(op.logits) && groupsFit && op.topK >= 1 &&
               op.topK <= experts / op.groups * op.topGroups && canWrite(op.out) &&
               op.out.width == 2 * op.topK && rows(op.out) == rows(op.logits) &&
               !overlap(op.logits, op.out) && isVector(op.choiceBias, experts) &&
               std::isfinite(op.scale);
    }
    [[nodiscard]] bool fits(const ExpertsOp& op) {
        const std::size_t experts = op.gateUp.size();
        const auto sameCount = [&](const std::vector<WeightId>& ids) {
            return ids.empty() || ids.size() == experts;
        };
        if (op.width < 1 || op.width > kMaxWidth || experts == 0 || op.down.size() != experts ||
            !sameCount(op.gateUpBias) || !sameCount(op.downBias) || !canRead(op.in) ||
            !canRead(op.routes) || op.routes.width % 2 != 0 ||
            (op.accumulate && !canRead(op.out)) || !canWrite(op.out) ||
            rows(op.in) != rows(op.out) || rows(op.routes) != rows(op.out) ||
            overlap(op.in, op.out) || overlap(op.routes, op.out))
            return false;
        for (std::size_t e = 0; e < experts; ++e)
            if (!isMatrix(op.gateUp[e], 2 * std::int64_t{op.width}, op.in.width) ||
                !isMatrix(op.down[e], op.out.width, op.width) ||
                (!op.gateUpBias.empty() &&
                 !isVector(op.gateUpBias[e], 2 * std::int64_t{op.width})) ||
                (!op.downBias.empty() && !isVector(op.downBias[e], op.out.width)))
                return false;
        return true;
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
    [[nodiscard]] bool fits(const ScaleOp& op) {
        return canRead(op.values) && std::isfinite(op.factor);
    }
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
