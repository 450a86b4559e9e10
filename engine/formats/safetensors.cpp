#include "formats/safetensors.h"

#include "base/checked.h"
#include "formats/byte_reader.h"
#include "formats/format_error.h"
#include "formats/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearth {

namespace {

constexpr std::uint64_t kLengthBytes = 8;

Result<SafetensorsHeader> readHeader(const MappedFile& file, std::uint64_t& dataOffset) {
    ByteReader reader(file.bytes());
    const auto length = reader.read<std::uint64_t>();
    if (!length)
        return fileFailure(ErrorCode::Corrupt, file.path(), "header length",
                           "the file is too short for a safetensors file", 0);
    if (*length > SafetensorsFile::kMaxHeaderBytes)
        return fileFailure(ErrorCode::Corrupt, file.path(), "header length",
                           fmt::format("{} bytes; at most {} are allowed", *length,
                                       SafetensorsFile::kMaxHeaderBytes),
                           0);
    const auto text = reader.take(*length);
    if (!text)
        return fileFailure(ErrorCode::Corrupt, file.path(), "header length",
                           fmt::format("{} bytes reach past the end", *length), 0);
    dataOffset = reader.offset();
    return parseSafetensorsHeader({reinterpret_cast<const char*>(text->data()), text->size()},
                                  file.path(), kLengthBytes);
}

/// The shape and type must account for every byte between the offsets.
Result<void> checkSize(const SafetensorsEntry& entry, const std::string& path) {
    Checked bytes(kernels::blockSize(entry.type).bytes);
    for (const std::int64_t dim : entry.shape)
        bytes = bytes * Checked(dim);
    const auto expected = bytes.get<std::uint64_t>();
    if (!expected)
        return fileFailure(ErrorCode::Corrupt, path, entry.name, "the size in bytes overflows");
    if (entry.end < entry.begin || entry.end - entry.begin != *expected)
        return fileFailure(ErrorCode::Corrupt, path, entry.name,
                           fmt::format("data_offsets {} to {} for {} bytes of data", entry.begin,
                                       entry.end, *expected));
    return {};
}

/// The tensors must fill the data section: no hole, no overlap, nothing behind.
Result<void> checkCoverage(const std::vector<SafetensorsEntry>& entries, std::uint64_t dataOffset,
                           const MappedFile& file) {
    std::vector<const SafetensorsEntry*> order;
    order.reserve(entries.size());
    for (const SafetensorsEntry& entry : entries)
        order.push_back(&entry);
    std::ranges::sort(order, {}, [](auto* entry) { return std::pair(entry->begin, entry->end); });

    std::uint64_t filled = 0;
    const std::uint64_t dataBytes = file.bytes().size() - dataOffset;
    for (const SafetensorsEntry* entry : order) {
        if (entry->begin != filled)
            return fileFailure(ErrorCode::Corrupt, file.path(), entry->name,
                               entry->begin > filled ? "a hole in the data before it"
                                                     : "overlaps another tensor",
                               dataOffset + filled);
        if (entry->end > dataBytes)
            return fileFailure(ErrorCode::Corrupt, file.path(), entry->name,
                               "its data reaches past the end of the file", dataOffset + filled);
        filled = entry->end;
    }
    if (filled != dataBytes)
        return fileFailure(ErrorCode::Corrupt, file.path(), "data",
                           fmt::format("{} bytes belong to no tensor", dataBytes - filled),
                           dataOffset + filled);
    return {};
}

} // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(MappedFile mapped, MappedFile::open(path));
    SafetensorsFile file(std::move(mapped));
    std::uint64_t dataOffset = 0;
    HEARTH_TRY_ASSIGN(SafetensorsHeader header, readHeader(file.m_file, dataOffset));
    for (const SafetensorsEntry& entry : header.entries)
        HEARTH_TRY(checkSize(entry, file.path()));
    HEARTH_TRY(checkCoverage(header.entries, dataOffset, file.m_file));
    if (file.m_file.wasTruncated())
        return fileFailure(ErrorCode::Io, file.path(), {}, "the file shrank while it was read");

    const auto data = file.m_file.bytes().subspan(static_cast<std::size_t>(dataOffset));
    file.m_tensors.reserve(header.entries.size());
    for (SafetensorsEntry& entry : header.entries)
        file.m_tensors.push_back({std::move(entry.name), std::move(entry.shape), entry.type,
                                  data.subspan(static_cast<std::size_t>(entry.begin),
                                               static_cast<std::size_t>(entry.end - entry.begin))});
    file.m_metadata = std::move(header.metadata);
    return file;
}

const SafetensorsTensor* SafetensorsFile::findTensor(std::string_view name) const {
    const auto nameOf = [](const SafetensorsTensor& tensor) -> std::string_view {
        return tensor.name;
    };
    const auto at = std::ranges::lower_bound(m_tensors, name, {}, nameOf);
    return at != m_tensors.end() && at->name == name ? &*at : nullptr;
}

} // namespace hearth
