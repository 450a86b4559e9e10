#include "models/program_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace hearth {

using namespace kernels;

namespace {

constexpr std::string_view kWeight = ".weight";

/// "….bias" for "….weight" and "….beta" for "….gamma", TensorFlow's names in the first BERT;
/// nothing for other names.
std::optional<std::string> biasName(const std::string& name) {
    constexpr std::string_view kGamma = ".gamma";
    if (name.ends_with(kGamma))
        return name.substr(0, name.size() - kGamma.size()) + ".beta";
    if (!name.ends_with(kWeight))
        return {};
    return name.substr(0, name.size() - kWeight.size()) + ".bias";
}

std::int64_t rowCount(const MatrixRows& rows) {
    std::int64_t count = 0;
    for (const TensorRows& one : rows)
        count += one.count;
    return count;
}

} // namespace

void ProgramBuilder::setLayer(std::int32_t layer, std::string prefix) {
    m_layer = layer;
    m_prefix = std::move(prefix);
}

ValueId ProgramBuilder::addValue(Rows rows, std::int32_t width) {
    program.values.push_back({rows, width});
    return static_cast<ValueId>(program.values.size() - 1);
}

View ProgramBuilder::whole(ValueId value) const {
    return {value, 0, program.values[static_cast<std::size_t>(value)].width};
}

std::string ProgramBuilder::tensorName(const std::string& pattern) const {
    return fmt::format(fmt::runtime(pattern), m_layer, m_expert);
}

WeightId ProgramBuilder::addWeight(WeightShape shape, std::string_view role,
                                   std::vector<TensorPart> parts) {
    weights.push_back({shape, m_prefix + std::string(role), std::move(parts)});
    return static_cast<WeightId>(weights.size() - 1);
}

TensorPart ProgramBuilder::partOf(const TensorRows& rows, std::int64_t columns,
                                  std::int64_t first, std::int64_t count, Cut cut) const {
    TensorPart part;
    part.name = tensorName(rows.name);
    part.rows = rows.tensorRows;
    part.columns = part.columnCount = columns;
    part.firstRow = rows.first + first * rows.step;
    part.rowCount = count;
    part.rowStep = rows.step;
    part.transform = rows.transform;
    if (rows.transform == TensorTransform::Transposed && rows.expertStride > 0) {
        part.columns = rows.expertStride * m_experts;
        part.firstColumn = rows.expertStride * m_expert;
    } else {
        part.firstRow += rows.expertStride * m_expert;
    }
    if (cut == Cut::Columns) {
        part.columnCount = columns / m_shard.ranks;
        part.firstColumn += part.columnCount * m_shard.rank;
    }
    return part;
}

void ProgramBuilder::appendParts(const MatrixSource& source, Cut cut,
                                 std::vector<TensorPart>& parts) const {
    const std::int64_t all = rowCount(source.rows);
    const std::int64_t share = cut == Cut::Rows ? all / m_shard.ranks : all;
    const std::int64_t begin = cut == Cut::Rows ? share * m_shard.rank : 0;
    std::int64_t before = 0;
    for (const TensorRows& rows : source.rows) {
        const std::int64_t from = std::max(begin, before);
        const std::int64_t end = std::min(begin + share, before + rows.count);
        if (from < end)
            parts.push_back(partOf(rows, source.columns, from - before, end - from, cut));
        before += rows.count;
    }
}

WeightId ProgramBuilder::addMatrix(std::string_view role, const std::vector<MatrixSource>& sources,
                                   Cut cut) {
    std::vector<TensorPart> parts;
    for (const MatrixSource& source : sources)
        appendParts(source, cut, parts);
    return addWeight(WeightShape::Matrix, std::string(role) + std::string(kWeight),
                     std::move(parts));
}

WeightId ProgramBuilder::addTransposedHeads(std::string_view role, const MatrixRows& heads,
                                            std::int64_t columns) {
    std::vector<TensorPart> parts;
    const std::size_t share = heads.size() / static_cast<std::size_t>(m_shard.ranks);
    const std::size_t begin = share * static_cast<std::size_t>(m_shard.rank);
    for (std::size_t head = begin; head < begin + share; ++head) {
        const TensorRows& rows = heads[head];
        TensorPart part;
        part.name = tensorName(rows.name);
        if (rows.transform == TensorTransform::Transposed) { // twice: as it is stored
            part.rows = columns * static_cast<std::int64_t>(heads.size());
            part.columns = part.columnCount = rows.count;
            part.firstRow = columns * static_cast<std::int64_t>(head);
            part.rowCount = columns;
        } else {
            part.rows = part.rowCount = columns;
            part.columns = rows.tensorRows;
            part.firstColumn = rows.first;
            part.columnCount = rows.count;
            part.transform = TensorTransform::Transposed;
        }
        parts.push_back(std::move(part));
    }
    return addWeight(WeightShape::Matrix, std::string(role) + std::string(kWeight),
                     std::move(parts));
}

WeightId ProgramBuilder::addBias(std::string_view role, const std::vector<MatrixSource>& sources,
                                 Cut cut) {
    std::vector<TensorPart> parts;
    for (const MatrixSource& source : sources)
        appendParts({source.rows, 1}, cut == Cut::Rows ? cut : Cut::None, parts);
    const auto first = biasName(parts.front().name);
    if (!first || !m_checkpoint.has(*first))
        return kNone;
    for (TensorPart& part : parts) {
        part.name = biasName(part.name).value_or(part.name);
        part.transform = TensorTransform::None;
    }
    return addWeight(WeightShape::Vector, std::string(role) + ".bias", std::move(parts));
}

WeightId ProgramBuilder::addVector(std::string_view role, const std::string& tensor,
                                   std::int64_t length) {
    if (tensor.empty())
        return kNone;
    TensorPart part;
    part.name = tensorName(tensor);
    part.rows = part.rowCount = length;
    return addWeight(WeightShape::Vector, role, {std::move(part)});
}

WeightId ProgramBuilder::addVector(std::string_view role,
                                   const std::vector<MatrixSource>& sources, Cut cut) {
    std::vector<TensorPart> parts;
    for (const MatrixSource& source : sources)
        appendParts({source.rows, 1}, cut, parts);
    return addWeight(WeightShape::Vector, role, std::move(parts));
}

WeightId ProgramBuilder::addPicked(std::string_view role, const std::string& tensor,
                                   std::int64_t rows, std::int64_t columns,
                                   std::vector<std::int32_t> picked) {
    TensorPart part;
    part.name = tensorName(tensor);
    part.rows = rows;
    part.columns = columns;
    part.rowCount = static_cast<std::int64_t>(picked.size());
    part.transform = TensorTransform::Picked;
    part.picked = std::move(picked);
    return addWeight(WeightShape::Vector, role, {std::move(part)});
}

void ProgramBuilder::addNorm(const NormSpec& norm, View in, View out, std::int32_t width,
                             std::string_view role, const std::string& name) {
    NormOp op;
    op.kind = norm.kind;
    op.in = in;
    op.out = out;
    op.width = width;
    op.gainOffset = norm.gainOffset;
    op.epsilon = norm.epsilon;
    op.gain = addVector(std::string(role) + std::string(kWeight), name, width);
    if (const auto bias = biasName(tensorName(name)); bias && m_checkpoint.has(*bias))
        op.bias = addVector(std::string(role) + ".bias", *bias, width);
    add(op);
}

void ProgramBuilder::addProduct(View in, View out, std::string_view role,
                                const std::vector<MatrixSource>& sources,
                                std::int32_t adapterSlot, Cut cut) {
    LinearOp linear;
    linear.in = in;
    linear.out = out;
    linear.weight = addMatrix(role, sources, cut);
    linear.bias = addBias(role, sources, cut);
    linear.adapterSlot = adapterSlot;
    add(linear);
}

void ProgramBuilder::addSummedProduct(View in, View out, bool accumulate, View scratch,
                                      std::string_view role, const MatrixSource& source,
                                      std::int32_t adapterSlot) {
    LinearOp linear;
    linear.in = in;
    linear.weight = addMatrix(role, {source}, Cut::Columns);
    linear.adapterSlot = adapterSlot;
    // The bias is added once, by the first rank, before the sum.
    if (m_shard.rank == 0)
        linear.bias = addBias(role, {source}, Cut::None);
    const bool alone = m_shard.ranks == 1;
    linear.out = alone || !accumulate ? out : scratch;
    linear.accumulate = alone && accumulate;
    add(linear);
    if (alone)
        return;
    add(AllReduceOp{linear.out});
    if (accumulate)
        add(AddOp{scratch, out});
}

} // namespace hearth
