#pragma once

#include "base/checked.h"
#include "formats/byte_reader.h"
#include "formats/gguf.h"

namespace hearth {

/// Reads the header of a mapped GGUF file into a GgufFile. Nothing is allocated from a number in
/// the file before the file is known to be long enough for it.
class GgufParser {
public:
    explicit GgufParser(GgufFile& target)
        : m_target(target)
        , m_reader(target.m_file.bytes()) {}

    Result<void> parse();

private:
    using Entry = GgufFile::Entry;

    Result<void> readPreamble();
    Result<void> readEntry();
    Result<void> readValue(Entry& entry);
    Result<void> readArray(Entry& entry);
    Result<void> readTensorInfo();
    Result<std::vector<std::int64_t>> readDims(const std::string& tensor);
    Result<kernels::DType> readTensorType(const std::string& tensor);
    Result<void> readAlignment();
    Result<void> locateTensors();
    Result<void> checkOverlaps() const;
    Result<void> sortNames();
    Result<std::string> readName(const char* what);
    Result<std::span<const std::byte>> readStringBytes(std::string_view field);
    template<typename T>
    Result<T> read(std::string_view field);

    [[nodiscard]] Failure corrupt(std::string_view field, std::string detail,
                                  std::uint64_t offset) const;
    [[nodiscard]] Failure truncated(std::string_view field) const;
    /// For data that would begin at `dataStart` and reach past the end, those of `tensor` first.
    [[nodiscard]] Failure cutShort(std::string_view tensor, Checked dataStart,
                                   std::uint64_t headerOffset) const;

    struct Placement {
        std::uint64_t offset = 0;       ///< From the start of the data section.
        std::uint64_t bytes = 0;        ///< Without padding.
        std::uint64_t headerOffset = 0; ///< Where the file states `offset`.
    };

    GgufFile& m_target;
    ByteReader m_reader;
    std::uint64_t m_tensorCount = 0;
    std::uint64_t m_entryCount = 0;
    std::uint64_t m_alignment = 32;
    std::vector<Placement> m_placements; ///< Parallel to the target's tensors.
};

} // namespace hearth
