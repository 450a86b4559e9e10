#include "convert/gguf_writer.h"

#include <bit>
#include <type_traits>
#include <utility>

namespace hearth {

static_assert(std::endian::native == std::endian::little, "GGUF files are little-endian");

namespace {

constexpr std::uint32_t kVersion = 3;

template<typename T>
    requires std::is_arithmetic_v<T>
void append(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append(std::string& out, std::string_view text) {
    append(out, static_cast<std::uint64_t>(text.size()));
    out += text;
}

void beginArray(std::string& out, GgufType element, std::size_t count) {
    append(out, static_cast<std::uint32_t>(element));
    append(out, static_cast<std::uint64_t>(count));
}

} // namespace

std::uint64_t GgufTensorPlan::bytes() const {
    std::uint64_t elements = 1;
    for (const std::int64_t dim : dims)
        elements *= static_cast<std::uint64_t>(dim);
    const kernels::BlockSize block = kernels::blockSize(type);
    return elements / block.elements * block.bytes;
}

Result<GgufWriter> GgufWriter::create(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(OutputFile file, OutputFile::create(path));
    return GgufWriter(std::move(file));
}

void GgufWriter::begin(std::string_view key, GgufType type) {
    ++m_keyCount;
    append(m_keys, key);
    append(m_keys, static_cast<std::uint32_t>(type));
}

void GgufWriter::add(std::string_view key, std::string_view value) {
    begin(key, GgufType::String);
    append(m_keys, value);
}

void GgufWriter::add(std::string_view key, bool value) {
    begin(key, GgufType::Bool);
    append(m_keys, static_cast<std::uint8_t>(value));
}

void GgufWriter::add(std::string_view key, std::uint32_t value) {
    begin(key, GgufType::U32);
    append(m_keys, value);
}

void GgufWriter::add(std::string_view key, std::int32_t value) {
    begin(key, GgufType::I32);
    append(m_keys, value);
}

void GgufWriter::add(std::string_view key, float value) {
    begin(key, GgufType::F32);
    append(m_keys, value);
}

void GgufWriter::add(std::string_view key, std::span<const std::string> values) {
    begin(key, GgufType::Array);
    beginArray(m_keys, GgufType::String, values.size());
    for (const std::string& value : values)
        append(m_keys, value);
}

void GgufWriter::add(std::string_view key, std::span<const std::int32_t> values) {
    begin(key, GgufType::Array);
    beginArray(m_keys, GgufType::I32, values.size());
    for (const std::int32_t value : values)
        append(m_keys, value);
}

void GgufWriter::add(std::string_view key, std::span<const float> values) {
    begin(key, GgufType::Array);
    beginArray(m_keys, GgufType::F32, values.size());
    for (const float value : values)
        append(m_keys, value);
}

void GgufWriter::add(std::string_view key, std::span<const bool> values) {
    begin(key, GgufType::Array);
    beginArray(m_keys, GgufType::Bool, values.size());
    for (const bool value : values)
        append(m_keys, static_cast<std::uint8_t>(value));
}

void GgufWriter::addBytes(std::string_view key, std::string_view bytes) {
    begin(key, GgufType::Array);
    beginArray(m_keys, GgufType::U8, bytes.size());
    m_keys += bytes;
}

void GgufWriter::addRaw(std::string_view key, const GgufRawValue& value) {
    begin(key, value.type);
    const std::string_view bytes(reinterpret_cast<const char*>(value.bytes.data()),
                                 value.bytes.size());
    if (value.type == GgufType::Array)
        beginArray(m_keys, value.elementType, value.count);
    if (value.type == GgufType::String)
        append(m_keys, bytes);
    else
        m_keys += bytes;
}

Result<void> GgufWriter::writeHeader() {
    std::string header = "GGUF";
    append(header, kVersion);
    append(header, static_cast<std::uint64_t>(m_tensors.size()));
    append(header, m_keyCount);
    header += m_keys;
    std::uint64_t offset = 0;
    for (const GgufTensorPlan& tensor : m_tensors) {
        append(header, tensor.name);
        append(header, static_cast<std::uint32_t>(tensor.dims.size()));
        for (const std::int64_t dim : tensor.dims)
            append(header, static_cast<std::uint64_t>(dim));
        append(header, ggufTensorType(tensor.type));
        append(header, offset);
        offset = (offset + tensor.bytes() + kAlignment - 1) / kAlignment * kAlignment;
    }
    HEARTH_TRY(m_file.write(header));
    return m_file.align(kAlignment);
}

} // namespace hearth
