#include "formats/quantised/bitsandbytes.h"

#include "formats/json_file.h"
#include "formats/quantised/byte_matrix.h"
#include "formats/quantised/code_bits.h"
#include "formats/quantised/grouped_matrix.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::DType;

constexpr const char* kKinds[] = {"nf4", "fp4"};

std::string stateName(std::string_view weight, const char* kind) {
    return fmt::format("{}.quant_state.bitsandbytes__{}", weight, kind);
}

/// "X.SCB" of "X.weight".
std::string scbName(std::string_view weight) {
    constexpr std::string_view kSuffix = "weight";
    if (!weight.ends_with(kSuffix))
        return {};
    return std::string(weight.substr(0, weight.size() - kSuffix.size())) + "SCB";
}

/// What quant_state's JSON says.
struct QuantState {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t block = 64;      ///< Numbers that share an absmax.
    std::int64_t nestedBlock = 0; ///< Absmaxes that share a nested one; 0: not nested.
    float nestedOffset = 0.0F;
};

struct BlockParts {
    QuantState state;
    TensorView absmax;
    TensorView nestedAbsmax; ///< As the next, empty where not nested.
    std::vector<float> nestedMap;
};

class FourBitMatrix final : public GroupedMatrix {
public:
    FourBitMatrix(std::string name, CodeForm whole, const TensorView& codes, BlockParts parts)
        : GroupedMatrix(std::move(name), parts.state.rows, parts.state.columns,
                        {codes.data, parts.absmax.data}, std::move(whole))
        , m_codes(codes.data.data())
        , m_parts(std::move(parts)) {}

protected:
    Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                             std::int64_t rowBytes) const override;
    void readScales(const GroupRange& range, float* scales, float* offsets) const override;

private:
    [[nodiscard]] float absmax(std::int64_t block) const;

    const std::byte* m_codes;
    BlockParts m_parts;
};

Result<void> FourBitMatrix::unpackCodes(const MatrixCut& cut, const CodeForm& /*form*/,
                                        std::byte* codes, std::int64_t rowBytes) const {
    for (std::int64_t row = 0; row < cut.rowCount; ++row) {
        const std::int64_t first = (cut.firstRow + row) * columns() + cut.firstColumn;
        std::byte* const out = codes + row * rowBytes;
        const auto at = [&](std::int64_t index) {
            const auto both = std::to_integer<unsigned>(m_codes[index / 2]);
            return index % 2 == 0 ? both >> 4U : both & 15U;
        };
        if (first % 2 == 0 && cut.columnCount % 2 == 0) {
            const std::byte* const from = m_codes + first / 2;
            for (std::int64_t i = 0; i < cut.columnCount / 2; ++i)
                out[i] = from[i] << 4 | from[i] >> 4;
            continue;
        }
        for (std::int64_t i = 0; i < cut.columnCount; i += 2) {
            const unsigned high = i + 1 < cut.columnCount ? at(first + i + 1) : 0U;
            out[i / 2] = std::byte(at(first + i) | high << 4U);
        }
    }
    return {};
}

float FourBitMatrix::absmax(std::int64_t block) const {
    float value = 0.0F;
    if (m_parts.state.nestedBlock == 0) {
        readNumbers(m_parts.absmax, block, 1, &value);
        return value;
    }
    readNumbers(m_parts.nestedAbsmax, block / m_parts.state.nestedBlock, 1, &value);
    const auto code = std::to_integer<std::size_t>(m_parts.absmax.data[std::size_t(block)]);
    return m_parts.nestedMap[code] * value + m_parts.state.nestedOffset;
}

void FourBitMatrix::readScales(const GroupRange& range, float* scales, float* /*offsets*/) const {
    for (std::int64_t r = 0; r < range.rowCount; ++r)
        for (std::int64_t group = 0; group < range.groupCount; ++group) {
            const std::int64_t first =
                (range.firstRow + r) * columns() + (range.firstGroup + group) * whole().groupSize;
            scales[r * range.groupCount + group] = absmax(first / m_parts.state.block);
        }
}

Result<QuantState> readState(const PartTable& table, const TensorView& state) {
    const std::string name(state.name);
    const std::string_view text(reinterpret_cast<const char*>(state.data.data()),
                                state.data.size());
    HEARTH_TRY_ASSIGN(const nlohmann::json json, parseJson(text, name));
    const auto wrong = [&](const char* key) {
        return table.failure(ErrorCode::Corrupt, name, fmt::format("{} is missing or wrong", key));
    };
    if (!json.is_object())
        return table.failure(ErrorCode::Corrupt, name, "is no JSON object");
    const auto positive = [&](const nlohmann::json& value) {
        return value.is_number_unsigned() && value.get<std::uint64_t>() > 0 &&
               value.get<std::uint64_t>() <= (std::uint64_t{1} << 30);
    };
    QuantState out;
    const nlohmann::json shape = json.value("shape", nlohmann::json());
    if (!shape.is_array() || shape.size() != 2 || !positive(shape[0]) || !positive(shape[1]))
        return wrong("shape");
    out.rows = shape[0].get<std::int64_t>();
    out.columns = shape[1].get<std::int64_t>();
    if (!json.contains("blocksize") || !positive(json["blocksize"]))
        return wrong("blocksize");
    out.block = json["blocksize"].get<std::int64_t>();
    if (!json.contains("nested_blocksize"))
        return out;
    if (!positive(json["nested_blocksize"]))
        return wrong("nested_blocksize");
    if (!json.contains("nested_offset") || !json["nested_offset"].is_number())
        return wrong("nested_offset");
    out.nestedBlock = json["nested_blocksize"].get<std::int64_t>();
    out.nestedOffset = json["nested_offset"].get<float>();
    return out;
}

/// `count` numbers of F32; Corrupt naming the tensor and both counts.
Result<const TensorView*> requireNumbers(PartTable& table, const std::string& name,
                                         std::int64_t count, DType other = DType::F32) {
    HEARTH_TRY_ASSIGN(const TensorView* tensor, table.require(name));
    HEARTH_TRY(requireType(table, *tensor, {DType::F32, DType::F16, DType::BF16, other}));
    if (tensor->elements() != static_cast<std::uint64_t>(count))
        return table.failure(
            ErrorCode::Corrupt, name,
            fmt::format("has {} numbers, the matrix needs {}", tensor->elements(), count));
    return tensor;
}

Result<std::vector<float>> readMap(PartTable& table, const std::string& name, std::int64_t count) {
    HEARTH_TRY_ASSIGN(const TensorView* tensor, requireNumbers(table, name, count));
    std::vector<float> map(static_cast<std::size_t>(count));
    readNumbers(*tensor, 0, count, map.data());
    return map;
}

Result<BlockParts> takeParts(PartTable& table, const TensorView& codes, const TensorView& state) {
    const std::string name(codes.name);
    BlockParts parts;
    HEARTH_TRY_ASSIGN(parts.state, readState(table, state));
    const std::int64_t numbers = parts.state.rows * parts.state.columns;
    if (codes.elements() != static_cast<std::uint64_t>((numbers + 1) / 2))
        return table.failure(ErrorCode::Corrupt, name,
                             fmt::format("has {} bytes, {} x {} numbers need {}", codes.elements(),
                                         parts.state.rows, parts.state.columns, (numbers + 1) / 2));
    const std::int64_t blocks = (numbers + parts.state.block - 1) / parts.state.block;
    const bool nested = parts.state.nestedBlock != 0;
    HEARTH_TRY_ASSIGN(const TensorView* absmax, requireNumbers(table, name + ".absmax", blocks,
                                                               nested ? DType::U8 : DType::F32));
    parts.absmax = *absmax;
    if (nested != (absmax->type == DType::U8))
        return table.failure(ErrorCode::Corrupt, std::string(absmax->name),
                             fmt::format("is of type {}", kernels::name(absmax->type)));
    if (!nested)
        return parts;
    const std::int64_t nestedBlocks =
        (blocks + parts.state.nestedBlock - 1) / parts.state.nestedBlock;
    HEARTH_TRY_ASSIGN(const TensorView* nestedAbsmax,
                      requireNumbers(table, name + ".nested_absmax", nestedBlocks));
    parts.nestedAbsmax = *nestedAbsmax;
    HEARTH_TRY_ASSIGN(parts.nestedMap, readMap(table, name + ".nested_quant_map", 256));
    return parts;
}

Result<LogicalTensor> readFourBit(PartTable& table, const TensorView& codes, const char* kind,
                                  const TensorView& state) {
    const std::string name(codes.name);
    HEARTH_TRY(requireType(table, codes, {DType::U8}));
    HEARTH_TRY_ASSIGN(BlockParts parts, takeParts(table, codes, state));
    CodeForm form;
    // Blocks run on over the ends of rows; groups are what of them is the same in every row.
    form.groupSize = static_cast<std::int32_t>(std::gcd(parts.state.block, parts.state.columns));
    HEARTH_TRY_ASSIGN(form.codebook, readMap(table, name + ".quant_map", 16));
    const GroupFormat groups{4, form.groupSize,
                             std::string_view(kind) == "nf4" ? CodeKind::NormalFloat4
                                                             : CodeKind::Float4};
    std::vector<std::int64_t> shape{parts.state.rows, parts.state.columns};
    return LogicalTensor{
        name, std::move(shape), groups,
        std::make_shared<FourBitMatrix>(name, std::move(form), codes, std::move(parts))};
}

} // namespace

bool isBitsAndBytes(const PartTable& table, const TensorView& tensor) {
    if (tensor.type == DType::I8)
        return table.find(scbName(tensor.name)) != nullptr;
    return tensor.type == DType::U8 && std::ranges::any_of(kKinds, [&](const char* kind) {
               return table.find(stateName(tensor.name, kind)) != nullptr;
           });
}

Result<LogicalTensor> readBitsAndBytes(PartTable& table, const TensorView& codes) {
    table.take(codes.name);
    for (const char* kind : kKinds)
        if (const TensorView* state = table.take(stateName(codes.name, kind)))
            return readFourBit(table, codes, kind, *state);
    ScaleGrid grid;
    HEARTH_TRY_ASSIGN(const TensorView* scales, table.require(scbName(codes.name)));
    grid.scales = *scales;
    grid.factor = 1.0F / 127.0F;
    return makeByteMatrix(table, codes, std::move(grid), 0, 0);
}

} // namespace hearth
