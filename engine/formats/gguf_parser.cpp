#include "formats/gguf_parser.h"

#include "base/checked.h"
#include "formats/format_error.h"
#include "formats/utf8_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace hearth {

namespace {

constexpr std::uint32_t kMaxDims = 4;
constexpr std::size_t kMaxKeyBytes = 65535; // the format's limit on keys
constexpr std::uint64_t kMinAlignment = 8;  // the format's own rule
constexpr std::uint64_t kMaxAlignment = 1 << 20;
constexpr std::string_view kCut = "cut short or damaged, download the file again; ";
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 48; // of any file
// The shortest entry: length and one byte of key, type, one byte of value.
constexpr std::uint64_t kMinEntryBytes = 8 + 1 + 4 + 1;
// The shortest tensor: length and one byte of name, dimensions, one of them, type, offset.
constexpr std::uint64_t kMinTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

/// Bytes of a scalar; 0 for strings, arrays and unknown types.
std::uint64_t scalarBytes(GgufType type) {
    switch (type) {
    case GgufType::U8:
    case GgufType::I8:
    case GgufType::Bool:
        return 1;
    case GgufType::U16:
    case GgufType::I16:
        return 2;
    case GgufType::U32:
    case GgufType::I32:
    case GgufType::F32:
        return 4;
    case GgufType::U64:
    case GgufType::I64:
    case GgufType::F64:
        return 8;
    case GgufType::String:
    case GgufType::Array:
        return 0;
    }
    return 0;
}

std::string_view textOf(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct TensorType {
    std::uint32_t id;
    kernels::DType type;
};
using kernels::DType;
constexpr std::array kTensorTypes{
    TensorType{0, DType::F32},       TensorType{1, DType::F16},      TensorType{2, DType::Q4_0},
    TensorType{3, DType::Q4_1},      TensorType{6, DType::Q5_0},     TensorType{7, DType::Q5_1},
    TensorType{8, DType::Q8_0},      TensorType{10, DType::Q2_K},    TensorType{11, DType::Q3_K},
    TensorType{12, DType::Q4_K},     TensorType{13, DType::Q5_K},    TensorType{14, DType::Q6_K},
    TensorType{16, DType::IQ2_XXS},  TensorType{17, DType::IQ2_XS},  TensorType{18, DType::IQ3_XXS},
    TensorType{19, DType::IQ1_S},    TensorType{20, DType::IQ4_NL},  TensorType{21, DType::IQ3_S},
    TensorType{22, DType::IQ2_S},    TensorType{23, DType::IQ4_XS},  TensorType{24, DType::I8},
    TensorType{25, DType::I16},      TensorType{26, DType::I32},     TensorType{27, DType::I64},
    TensorType{28, DType::F64},      TensorType{29, DType::IQ1_M},   TensorType{30, DType::BF16},
    TensorType{34, DType::TQ1_0},    TensorType{35, DType::TQ2_0},   TensorType{39, DType::MXFP4},
};

struct ForeignType {
    std::uint32_t id;
    std::string_view name;
};
/// Numbers that other programs gave out: some for memory only, some taken back.
constexpr std::array kForeignTypes{
    ForeignType{4, "Q4_2"},        ForeignType{5, "Q4_3"},        ForeignType{9, "Q8_1"},
    ForeignType{15, "Q8_K"},       ForeignType{31, "Q4_0_4_4"},   ForeignType{32, "Q4_0_4_8"},
    ForeignType{33, "Q4_0_8_8"},   ForeignType{36, "IQ4_NL_4_4"}, ForeignType{37, "IQ4_NL_4_8"},
    ForeignType{38, "IQ4_NL_8_8"}, ForeignType{40, "NVFP4"},
};

std::string describeForeign(std::uint32_t id) {
    const auto* const found = std::ranges::find(kForeignTypes, id, &ForeignType::id);
    if (found == kForeignTypes.end())
        return fmt::format("tensor type {}", id);
    return fmt::format("tensor type {} ({})", id, found->name);
}

} // namespace

std::optional<kernels::DType> dtypeOfGgufTensorType(std::uint32_t id) {
    const auto* const found = std::ranges::find(kTensorTypes, id, &TensorType::id);
    return found == kTensorTypes.end() ? std::nullopt : std::optional(found->type);
}

std::uint32_t ggufTensorType(kernels::DType type) {
    return std::ranges::find(kTensorTypes, type, &TensorType::type)->id;
}

Failure GgufParser::corrupt(std::string_view field, std::string detail,
                            std::uint64_t offset) const {
    return fileFailure(ErrorCode::Corrupt, m_target.path(), std::string(field), std::move(detail),
                       offset);
}

Failure GgufParser::truncated(std::string_view field) const {
    return corrupt(field, fmt::format("{}it ends", kCut),
                   m_reader.offset());
}

template<typename T>
Result<T> GgufParser::read(std::string_view field) {
    const std::optional<T> value = m_reader.read<T>();
    if (!value)
        return truncated(field);
    return *value;
}

Result<void> GgufParser::parse() {
    HEARTH_TRY(readPreamble());
    for (std::uint64_t i = 0; i < m_entryCount; ++i)
        HEARTH_TRY(readEntry());
    for (std::uint64_t i = 0; i < m_tensorCount; ++i)
        HEARTH_TRY(readTensorInfo());
    HEARTH_TRY(sortNames());
    HEARTH_TRY(readAlignment());
    HEARTH_TRY(locateTensors());
    HEARTH_TRY(checkOverlaps());
    if (m_target.m_file.wasTruncated())
        return fileFailure(ErrorCode::Io, m_target.path(), {}, "the file shrank while it was read");
    return {};
}

Result<void> GgufParser::readPreamble() {
    const auto magic = m_reader.take(4);
    if (!magic)
        return corrupt("magic", "the file is too short for a GGUF file", 0);
    if (textOf(*magic) != "GGUF")
        return corrupt("magic",
                       std::to_integer<char>(magic->front()) == '<'
                           ? "not a GGUF file but what looks like a web page"
                           : "not a GGUF file",
                       0);
    HEARTH_TRY_ASSIGN(const auto version, read<std::uint32_t>("version"));
    if (version != 2 && version != 3) {
        const bool swapped = version != 0 && (version & 0xffffu) == 0;
        return fileFailure(
            ErrorCode::Unsupported, m_target.path(), "version",
            swapped ? "a big-endian file" : fmt::format("{} (2 and 3 are known)", version), 4);
    }
    m_target.m_version = version;

    const std::uint64_t countsOffset = m_reader.offset();
    HEARTH_TRY_ASSIGN(m_tensorCount, read<std::uint64_t>("tensor count"));
    HEARTH_TRY_ASSIGN(m_entryCount, read<std::uint64_t>("metadata count"));
    const Checked least = Checked(m_tensorCount) * Checked(kMinTensorBytes) +
                          Checked(m_entryCount) * Checked(kMinEntryBytes);
    if (!least.atMost(m_reader.remaining()))
        return corrupt("tensor and metadata count",
                       fmt::format("{}{} tensors and {} entries cannot fit into it", kCut,
                                   m_tensorCount, m_entryCount),
                       countsOffset);
    return {};
}

Result<std::span<const std::byte>> GgufParser::readStringBytes(std::string_view field) {
    const std::uint64_t offset = m_reader.offset();
    HEARTH_TRY_ASSIGN(const auto length, read<std::uint64_t>(field));
    const auto bytes = m_reader.take(length);
    if (!bytes)
        return corrupt(
            field, fmt::format("{}a text of {} bytes reaches past its end", kCut, length), offset);
    return *bytes;
}

Result<std::string> GgufParser::readName(const char* what) {
    const std::uint64_t offset = m_reader.offset();
    HEARTH_TRY_ASSIGN(const auto bytes, readStringBytes(what));
    if (bytes.empty())
        return corrupt(what, "empty", offset);
    if (bytes.size() > kMaxKeyBytes)
        return corrupt(what, fmt::format("longer than {} bytes", kMaxKeyBytes), offset);
    if (!isValidUtf8(textOf(bytes)))
        return corrupt(what, "not UTF-8", offset);
    return std::string(textOf(bytes));
}

Result<void> GgufParser::readEntry() {
    Entry entry;
    HEARTH_TRY_ASSIGN(entry.key, readName("metadata key"));
    const std::uint64_t typeOffset = m_reader.offset();
    HEARTH_TRY_ASSIGN(const auto type, read<std::uint32_t>(entry.key));
    entry.type = static_cast<GgufType>(type);
    entry.offset = m_reader.offset();
    if (entry.type == GgufType::String) {
        HEARTH_TRY_ASSIGN(entry.bytes, readStringBytes(entry.key));
    } else if (entry.type == GgufType::Array) {
        HEARTH_TRY(readArray(entry));
    } else if (scalarBytes(entry.type) == 0) {
        return corrupt(entry.key, fmt::format("unknown value type {}", type), typeOffset);
    } else {
        HEARTH_TRY(readValue(entry));
    }
    m_target.m_entries.push_back(std::move(entry));
    return {};
}

Result<void> GgufParser::readValue(Entry& entry) {
    const auto bytes = m_reader.take(scalarBytes(entry.type));
    if (!bytes)
        return truncated(entry.key);
    if (entry.type == GgufType::Bool && loadLittleEndian<std::uint8_t>(*bytes) > 1)
        return corrupt(entry.key, "a truth value other than 0 and 1", entry.offset);
    entry.bytes = *bytes;
    return {};
}

Result<void> GgufParser::readArray(Entry& entry) {
    HEARTH_TRY_ASSIGN(const auto elementType, read<std::uint32_t>(entry.key));
    entry.elementType = static_cast<GgufType>(elementType);
    if (entry.elementType == GgufType::Array)
        return fileFailure(ErrorCode::Unsupported, m_target.path(), entry.key, "nested arrays",
                           entry.offset);
    HEARTH_TRY_ASSIGN(entry.count, read<std::uint64_t>(entry.key));
    const std::uint64_t payload = m_reader.offset();
    if (entry.elementType == GgufType::String) {
        if (!(Checked(entry.count) * Checked(8)).atMost(m_reader.remaining()))
            return corrupt(entry.key,
                           fmt::format("{}{} strings reach past its end", kCut, entry.count),
                           payload);
        for (std::uint64_t i = 0; i < entry.count; ++i)
            HEARTH_TRY(readStringBytes(entry.key));
        entry.bytes = m_target.m_file.bytes().subspan(payload, m_reader.offset() - payload);
        return {};
    }
    const std::uint64_t each = scalarBytes(entry.elementType);
    if (each == 0)
        return corrupt(entry.key, fmt::format("unknown element type {}", elementType),
                       entry.offset);
    const auto bytes = (Checked(entry.count) * Checked(each)).get<std::uint64_t>();
    const auto taken = bytes ? m_reader.take(*bytes) : std::nullopt;
    if (!taken)
        return corrupt(entry.key,
                       fmt::format("{}{} elements reach past its end", kCut, entry.count), payload);
    entry.bytes = *taken;
    return {};
}

Result<std::vector<std::int64_t>> GgufParser::readDims(const std::string& tensor) {
    const std::uint64_t countOffset = m_reader.offset();
    HEARTH_TRY_ASSIGN(const auto count, read<std::uint32_t>(tensor));
    if (count == 0 || count > kMaxDims)
        return corrupt(tensor, fmt::format("{} dimensions; 1 to {} are allowed", count, kMaxDims),
                       countOffset);
    std::vector<std::int64_t> dims;
    Checked product(1);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t offset = m_reader.offset();
        HEARTH_TRY_ASSIGN(const auto dim, read<std::int64_t>(tensor));
        if (dim < 1)
            return corrupt(tensor, fmt::format("dimension {} is {}", i, dim), offset);
        product = product * Checked(dim);
        dims.push_back(dim);
    }
    if (!product.get<std::int64_t>())
        return corrupt(tensor, "the product of the dimensions overflows", countOffset);
    return dims;
}

Result<kernels::DType> GgufParser::readTensorType(const std::string& tensor) {
    const std::uint64_t offset = m_reader.offset();
    HEARTH_TRY_ASSIGN(const auto id, read<std::uint32_t>(tensor));
    const auto type = dtypeOfGgufTensorType(id);
    if (!type)
        return fileFailure(ErrorCode::Unsupported, m_target.path(), tensor,
                           describeForeign(id), offset);
    return *type;
}

Result<void> GgufParser::readTensorInfo() {
    GgufTensor tensor;
    HEARTH_TRY_ASSIGN(tensor.name, readName("tensor name"));
    const std::uint64_t dimsOffset = m_reader.offset();
    HEARTH_TRY_ASSIGN(tensor.dims, readDims(tensor.name));
    HEARTH_TRY_ASSIGN(tensor.type, readTensorType(tensor.name));
    Placement placement;
    placement.headerOffset = m_reader.offset();
    HEARTH_TRY_ASSIGN(placement.offset, read<std::uint64_t>(tensor.name));

    const auto [blockElements, blockBytes] = kernels::blockSize(tensor.type);
    if (tensor.dims.front() % blockElements != 0)
        return corrupt(tensor.name,
                       fmt::format("rows of {} elements are no whole number of {} blocks",
                                   tensor.dims.front(), kernels::name(tensor.type)),
                       dimsOffset);
    Checked bytes(tensor.dims.front() / blockElements);
    for (std::size_t i = 1; i < tensor.dims.size(); ++i)
        bytes = bytes * Checked(tensor.dims[i]);
    const auto total = (bytes * Checked(blockBytes)).get<std::uint64_t>();
    if (!total)
        return corrupt(tensor.name, "the size in bytes overflows", dimsOffset);
    placement.bytes = *total;
    m_placements.push_back(placement);
    m_target.m_tensors.push_back(std::move(tensor));
    return {};
}

Result<void> GgufParser::sortNames() {
    const auto& entries = m_target.m_entries;
    auto& entryOrder = m_target.m_entryOrder;
    entryOrder.resize(entries.size());
    std::iota(entryOrder.begin(), entryOrder.end(), std::size_t{0});
    std::ranges::sort(
        entryOrder, {}, [&](std::size_t i) -> auto& { return entries[i].key; });
    const auto sameKey = std::ranges::adjacent_find(
        entryOrder, {}, [&](std::size_t i) -> auto& { return entries[i].key; });
    if (sameKey != entryOrder.end())
        return corrupt(entries[*sameKey].key, "the key occurs twice", entries[*sameKey].offset);

    const auto& tensors = m_target.m_tensors;
    auto& tensorOrder = m_target.m_tensorOrder;
    tensorOrder.resize(tensors.size());
    std::iota(tensorOrder.begin(), tensorOrder.end(), std::size_t{0});
    std::ranges::sort(
        tensorOrder, {}, [&](std::size_t i) -> auto& { return tensors[i].name; });
    const auto sameName = std::ranges::adjacent_find(
        tensorOrder, {}, [&](std::size_t i) -> auto& { return tensors[i].name; });
    if (sameName != tensorOrder.end())
        return corrupt(tensors[*sameName].name, "the tensor occurs twice",
                       m_placements[*sameName].headerOffset);
    return {};
}

Result<void> GgufParser::readAlignment() {
    const Entry* entry = m_target.find("general.alignment");
    if (entry == nullptr)
        return {};
    if (entry->type != GgufType::U32)
        return corrupt(entry->key, "not an unsigned 32-bit integer", entry->offset);
    m_alignment = loadLittleEndian<std::uint32_t>(entry->bytes);
    if (!std::has_single_bit(m_alignment) || m_alignment < kMinAlignment ||
        m_alignment > kMaxAlignment)
        return corrupt(entry->key,
                       fmt::format("{} is no power of two between {} and {}", m_alignment,
                                   kMinAlignment, kMaxAlignment),
                       entry->offset);
    return {};
}

Failure GgufParser::cutShort(std::string_view tensor, Checked dataStart,
                             std::uint64_t headerOffset) const {
    std::uint64_t needed = 0;
    for (const Placement& placement : m_placements) {
        const Checked end = dataStart + Checked(placement.offset) + Checked(placement.bytes);
        if (!end.atMost(kMostBytes))
            return corrupt(tensor, "its data would lie where no file has any", headerOffset);
        needed = std::max(needed, end.get<std::uint64_t>().value_or(0));
    }
    return fileFailure(ErrorCode::Corrupt, m_target.path(), {},
                       fmt::format("it is cut short: it has {} bytes and needs {}; download it "
                                   "again",
                                   m_target.m_file.bytes().size(), needed));
}

Result<void> GgufParser::locateTensors() {
    const auto bytes = m_target.m_file.bytes();
    const Checked dataStart = Checked(m_reader.offset()).alignedUp(m_alignment);
    for (std::size_t i = 0; i < m_placements.size(); ++i) {
        const Placement& placement = m_placements[i];
        GgufTensor& tensor = m_target.m_tensors[i];
        if (placement.offset % m_alignment != 0)
            return corrupt(
                tensor.name,
                fmt::format("offset {} is not a multiple of {}", placement.offset, m_alignment),
                placement.headerOffset);
        const Checked begin = dataStart + Checked(placement.offset);
        if (!(begin + Checked(placement.bytes)).atMost(bytes.size()))
            return cutShort(tensor.name, dataStart, placement.headerOffset);
        tensor.data =
            bytes.subspan(*begin.get<std::size_t>(), static_cast<std::size_t>(placement.bytes));
    }
    return {};
}

Result<void> GgufParser::checkOverlaps() const {
    std::vector<std::size_t> order(m_placements.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [this](std::size_t i) { return m_placements[i].offset; });
    for (std::size_t k = 1; k < order.size(); ++k) {
        const Placement& before = m_placements[order[k - 1]];
        const Placement& here = m_placements[order[k]];
        if (before.offset + before.bytes > here.offset)
            return corrupt(m_target.m_tensors[order[k]].name,
                           fmt::format("overlaps tensor {}", m_target.m_tensors[order[k - 1]].name),
                           here.headerOffset);
    }
    return {};
}

} // namespace hearth
