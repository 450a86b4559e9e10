#pragma once

#include "formats/mapped_file.h"
#include "hearth/kernels/dtype.h"
#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// One tensor of a safetensors file.
struct SafetensorsTensor {
    std::string name;
    std::vector<std::int64_t> shape; ///< Row-major, outermost first; empty for a scalar.
    kernels::DType type = kernels::DType::F32;
    std::span<const std::byte> data; ///< In the mapping; not necessarily aligned to the type.
};

/// One safetensors file, memory-mapped (https://github.com/huggingface/safetensors, "Format").
/// open() checks the whole header: the tensors fill the data section without holes or overlaps.
/// Move-only; views stay valid while the object (or the one it was moved into) lives.
class SafetensorsFile {
public:
    /// The format's own limit on the header.
    static constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
    static constexpr std::size_t kMaxDims = 8;

    /// Errors: NotFound, Io; Corrupt naming tensor and byte offset; Unsupported for a dtype that
    /// we do not know.
    static Result<SafetensorsFile> open(const std::filesystem::path& path);

    [[nodiscard]] const std::string& path() const { return m_file.path(); }
    [[nodiscard]] const MappedFile& file() const { return m_file; }
    /// Sorted by name.
    [[nodiscard]] std::span<const SafetensorsTensor> tensors() const { return m_tensors; }
    [[nodiscard]] const SafetensorsTensor* findTensor(std::string_view name) const;
    /// The header's `__metadata__`.
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return m_metadata; }

private:
    explicit SafetensorsFile(MappedFile file)
        : m_file(std::move(file)) {}

    MappedFile m_file;
    std::vector<SafetensorsTensor> m_tensors;
    std::map<std::string, std::string> m_metadata;
};

/// The weights of a Hugging Face folder: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` lists, or else its only file of that kind, whatever its name
/// (AutoGPTQ's `gptq_model-4bit-128g.safetensors`). Of shards only what the index names counts.
class SafetensorsSet {
public:
    /// Errors: NotFound if the folder holds neither file or lacks a shard; Corrupt if a shard's
    /// name is not a plain file name, if it is a symbolic link that leaves the folder (but for
    /// the blobs folder of Hugging Face's cache), or if a shard lacks a tensor; errors of
    /// SafetensorsFile::open().
    static Result<SafetensorsSet> openFolder(const std::filesystem::path& folder);
    /// The index or file that openFolder() reads; nothing if there is none, or several files and
    /// no index.
    static std::optional<std::filesystem::path> findWeights(const std::filesystem::path& folder);

    [[nodiscard]] std::span<const SafetensorsFile> files() const { return m_files; }
    /// Sorted by name; each once.
    [[nodiscard]] std::span<const SafetensorsTensor* const> tensors() const { return m_tensors; }

private:
    SafetensorsSet() = default;
    static Result<SafetensorsSet> openShards(const std::filesystem::path& folder);

    std::vector<SafetensorsFile> m_files;
    std::vector<const SafetensorsTensor*> m_tensors;
};

} // namespace hearth
