#include "support/make_safetensors.h"

#include "support/make_gguf.h"

namespace hearth::test {

std::string safetensorsOf(std::string_view header, std::string_view data) {
    return littleEndian(std::uint64_t{header.size()}) + std::string(header) + std::string(data);
}

SafetensorsBuilder& SafetensorsBuilder::tensor(const std::string& name, const std::string& dtype,
                                               const std::vector<std::int64_t>& shape,
                                               std::string_view data) {
    std::string dims;
    for (const std::int64_t dim : shape)
        dims += (dims.empty() ? "" : ",") + std::to_string(dim);
    m_entries += (m_entries.empty() ? "\"" : ",\"") + name + "\":{\"dtype\":\"" + dtype +
                 "\",\"shape\":[" + dims + "],\"data_offsets\":[" + std::to_string(m_data.size()) +
                 "," + std::to_string(m_data.size() + data.size()) + "]}";
    m_data += data;
    return *this;
}

std::string SafetensorsBuilder::build() const {
    return safetensorsOf("{" + m_entries + "}", m_data);
}

} // namespace hearth::test
