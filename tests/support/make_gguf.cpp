#include "support/make_gguf.h"

#include <stdexcept>

namespace hearth::test {

namespace {

std::string lengthPrefixed(std::string_view text) {
    return littleEndian(std::uint64_t{text.size()}) + std::string(text);
}

template<typename T>
std::string arrayPayload(std::uint32_t elementType, const std::vector<T>& values) {
    std::string payload = littleEndian(elementType) + littleEndian(std::uint64_t{values.size()});
    for (const T& value : values) {
        if constexpr (std::is_same_v<T, std::string>)
            payload += lengthPrefixed(value);
        else
            payload += littleEndian(value);
    }
    return payload;
}

void padTo(std::string& bytes, std::uint64_t alignment) {
    if (alignment != 0)
        bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

} // namespace

std::uint32_t ggufTensorType(kernels::DType type) {
    using kernels::DType;
    switch (type) {
    case DType::F32:
        return 0;
    case DType::F16:
        return 1;
    case DType::Q4_0:
        return 2;
    case DType::Q4_1:
        return 3;
    case DType::Q5_0:
        return 6;
    case DType::Q5_1:
        return 7;
    case DType::Q8_0:
        return 8;
    case DType::Q2_K:
        return 10;
    case DType::Q3_K:
        return 11;
    case DType::Q4_K:
        return 12;
    case DType::Q5_K:
        return 13;
    case DType::Q6_K:
        return 14;
    case DType::IQ4_NL:
        return 20;
    case DType::IQ4_XS:
        return 23;
    case DType::I8:
        return 24;
    case DType::I16:
        return 25;
    case DType::I32:
        return 26;
    case DType::I64:
        return 27;
    case DType::F64:
        return 28;
    case DType::BF16:
        return 30;
    default:
        throw std::invalid_argument("GGUF has no such tensor type");
    }
}

GgufBuilder& GgufBuilder::addRaw(const std::string& key, std::uint32_t type,
                                 std::string_view payload) {
    m_entries += lengthPrefixed(key) + littleEndian(type) + std::string(payload);
    ++m_entryCount;
    return *this;
}

GgufBuilder& GgufBuilder::add(const std::string& key, std::string_view value) {
    return addRaw(key, 8, lengthPrefixed(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, const char* value) {
    return add(key, std::string_view(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, bool value) {
    return addRaw(key, 7, std::string(1, value ? '\1' : '\0'));
}
GgufBuilder& GgufBuilder::add(const std::string& key, std::int32_t value) {
    return addRaw(key, 5, littleEndian(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, std::uint32_t value) {
    return addRaw(key, 4, littleEndian(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, std::int64_t value) {
    return addRaw(key, 11, littleEndian(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, std::uint64_t value) {
    return addRaw(key, 10, littleEndian(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, float value) {
    return addRaw(key, 6, littleEndian(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, double value) {
    return addRaw(key, 12, littleEndian(value));
}
GgufBuilder& GgufBuilder::add(const std::string& key, const std::vector<std::string>& values) {
    return addRaw(key, 9, arrayPayload(8, values));
}
GgufBuilder& GgufBuilder::add(const std::string& key, const std::vector<std::int32_t>& values) {
    return addRaw(key, 9, arrayPayload(5, values));
}
GgufBuilder& GgufBuilder::add(const std::string& key, const std::vector<float>& values) {
    return addRaw(key, 9, arrayPayload(6, values));
}

GgufBuilder& GgufBuilder::tensor(const std::string& name, const std::vector<std::int64_t>& dims,
                                 kernels::DType type, std::string_view data) {
    padTo(m_data, alignment);
    tensorRaw(name, dims, ggufTensorType(type), m_data.size());
    m_data += data;
    return *this;
}

GgufBuilder& GgufBuilder::tensorRaw(const std::string& name, const std::vector<std::int64_t>& dims,
                                    std::uint32_t type, std::uint64_t offset) {
    m_tensors += lengthPrefixed(name) + littleEndian(static_cast<std::uint32_t>(dims.size()));
    for (const std::int64_t dim : dims)
        m_tensors += littleEndian(dim);
    m_tensors += littleEndian(type) + littleEndian(offset);
    ++m_tensorCount;
    return *this;
}

std::string GgufBuilder::header() const {
    return magic + littleEndian(version) + littleEndian(m_tensorCount + extraTensors) +
           littleEndian(m_entryCount + extraEntries) + m_entries + m_tensors;
}

std::string GgufBuilder::build() const {
    std::string file = header();
    padTo(file, alignment);
    return file + m_data;
}

} // namespace hearth::test
