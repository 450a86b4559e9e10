#include "formats/safetensors_writer.h"

#include <nlohmann/json.hpp>

#include <bit>
#include <fstream>
#include <system_error>

namespace hearth {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

void SafetensorsWriter::add(const std::string& name, const std::vector<std::int64_t>& shape,
                            std::span<const float> values) {
    append(name, "F32", shape, std::as_bytes(values));
}

void SafetensorsWriter::add(const std::string& name, const std::vector<std::int64_t>& shape,
                            std::span<const std::int64_t> values) {
    append(name, "I64", shape, std::as_bytes(values));
}

void SafetensorsWriter::append(const std::string& name, std::string_view dtype,
                               const std::vector<std::int64_t>& shape,
                               std::span<const std::byte> bytes) {
    const std::size_t begin = m_data.size();
    m_data.insert(m_data.end(), bytes.begin(), bytes.end());
    m_entries.push_back({name, std::string(dtype), shape, begin, m_data.size()});
}

Result<void> SafetensorsWriter::write(const std::filesystem::path& path) const {
    nlohmann::json header = nlohmann::json::object();
    for (const Entry& entry : m_entries)
        header[entry.name] = {{"dtype", entry.dtype},
                              {"shape", entry.shape},
                              {"data_offsets", {entry.begin, entry.end}}};
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();

    const std::filesystem::path temporary = path.string() + ".new";
    std::error_code error;
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(&length), sizeof(length));
        file << text;
        file.write(reinterpret_cast<const char*>(m_data.data()), std::streamsize(m_data.size()));
        if (!file.flush())
            error = std::make_error_code(std::errc::io_error);
    }
    if (!error)
        std::filesystem::rename(temporary, path, error);
    if (!error)
        return {};
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    Error failure;
    failure.code = ErrorCode::Io;
    failure.path = path.string();
    failure.detail = error.message();
    return fail(std::move(failure));
}

} // namespace hearth
