#pragma once

#include "formats/gguf.h"
#include "formats/safetensors.h"
#include "hearth/kernels/dtype.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// A tensor in a mapped file. The views live as long as the Checkpoint.
struct TensorView {
    std::string_view name;
    std::vector<std::int64_t> shape; ///< Row-major, outermost first (GGUF's dims reversed).
    kernels::DType type = kernels::DType::F32;
    std::span<const std::byte> data; ///< Of a safetensors file perhaps unaligned: memcpy.
};

/// One read-only view over a GGUF file or a Hugging Face folder. Move-only; views stay valid while
/// the object (or the one it was moved into) lives. Any thread may call the const functions.
class Checkpoint {
public:
    enum class Kind { Gguf, HuggingFace };

    /// Opens a .gguf file (of a split model: any part, the others beside it), a folder with
    /// config.json and safetensors, or a .safetensors file inside such a folder. Errors: NotFound;
    /// UnsafeFile for pickled weights; those of GgufFile and SafetensorsSet.
    static Result<Checkpoint> open(const std::filesystem::path& path);

    [[nodiscard]] Kind kind() const;
    /// The file, or the folder.
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    /// Sorted by name.
    [[nodiscard]] std::span<const TensorView> tensors() const { return m_tensors; }
    [[nodiscard]] std::optional<TensorView> find(std::string_view name) const;
    /// Errors: NotFound naming the file or folder and the tensor.
    [[nodiscard]] Result<TensorView> tensor(std::string_view name) const;

    /// The file with the metadata. Only for Kind::Gguf.
    [[nodiscard]] const GgufFile& gguf() const;
    /// Parsed config.json. Only for Kind::HuggingFace, as the next two, which are null if absent.
    [[nodiscard]] const nlohmann::json& config() const;
    [[nodiscard]] const nlohmann::json& generationConfig() const;
    [[nodiscard]] const nlohmann::json& tokenizerConfig() const;

    /// Bytes of all weight files together.
    [[nodiscard]] std::uint64_t fileBytes() const;
    /// True if a weight file shrank or failed since it was opened (see MappedFile).
    [[nodiscard]] bool wasTruncated() const;
    /// MappedFile::advise() for the file that holds the tensor.
    void advise(const TensorView& tensor, PageAdvice advice) const;

private:
    struct Gguf {
        std::vector<GgufFile> parts; ///< At least one; the first has the metadata.
    };
    struct HuggingFace {
        SafetensorsSet weights;
        nlohmann::json config;
        nlohmann::json generationConfig;
        nlohmann::json tokenizerConfig;
    };

    Checkpoint(std::filesystem::path path, std::variant<Gguf, HuggingFace> source);
    static Result<Checkpoint> openGguf(const std::filesystem::path& path);
    static Result<Checkpoint> openFolder(const std::filesystem::path& folder);
    [[nodiscard]] std::vector<const MappedFile*> files() const;

    std::filesystem::path m_path;
    std::variant<Gguf, HuggingFace> m_source;
    std::vector<TensorView> m_tensors;
};

} // namespace hearth
