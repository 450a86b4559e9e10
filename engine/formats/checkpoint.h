#pragma once

#include "formats/gguf.h"
#include "formats/quantised/quantised_tensors.h"
#include "formats/safetensors.h"
#include "formats/synthetic.h"
#include "formats/tensor_view.h"
#include "formats/workspace.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// One read-only view over a GGUF file, a Hugging Face folder, a workspace or a synthetic model.
/// Move-only; views stay valid while the object (or the one it was moved into) lives. Any thread
/// may call the const functions.
class Checkpoint {
public:
    enum class Kind { Gguf, HuggingFace, Workspace };

    /// Opens a workspace's folder, a .gguf file (of a split model: any part, the others beside it),
    /// a folder with config.json and safetensors, a .safetensors file inside such a folder, or what
    /// isSyntheticName() knows. The parts of a quantised matrix of a folder appear as one tensor
    /// with its layer's ordinary name, "….weight"; tensors of a body without a head ("layers.0.…")
    /// get the "model." that it would have beside one. Errors: NotFound; UnsafeFile for pickled
    /// weights; Unsupported naming the quantisation method; those of GgufFile, SafetensorsSet,
    /// makeSyntheticModel() and formats/quantised/.
    static Result<Checkpoint> open(const std::filesystem::path& path);

    /// A synthetic model is described as a Hugging Face folder is.
    [[nodiscard]] Kind kind() const;
    /// True if no tensor has data.
    [[nodiscard]] bool isSynthetic() const;
    /// The file, the folder, or the synthetic model's name.
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    /// Sorted by name. Those of a workspace are named as the program's weights; has() knows the
    /// names of the tensors that it was converted from instead.
    [[nodiscard]] std::span<const TensorView> tensors() const { return m_tensors; }
    [[nodiscard]] std::optional<TensorView> find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    /// Errors: NotFound naming the file or folder and the tensor.
    [[nodiscard]] Result<TensorView> tensor(std::string_view name) const;

    /// The file with the metadata. Only for Kind::Gguf.
    [[nodiscard]] const GgufFile& gguf() const;
    /// Only for Kind::Workspace.
    [[nodiscard]] const hearth::Workspace& workspace() const;
    /// Parsed config.json. Only for Kind::HuggingFace.
    [[nodiscard]] const nlohmann::json& config() const;
    /// Null if absent. Not for Kind::Gguf.
    [[nodiscard]] const nlohmann::json& generationConfig() const;
    [[nodiscard]] const nlohmann::json& tokenizerConfig() const;

    /// The type of most numbers, as TensorView::typeName().
    [[nodiscard]] std::string mainType() const;
    /// Bytes of all weight files together; of a synthetic model those of its tensors.
    [[nodiscard]] std::uint64_t fileBytes() const;
    /// True if a weight file shrank or failed since it was opened (see MappedFile).
    [[nodiscard]] bool wasTruncated() const;
    /// Lets the disk read the weight files from their beginning, until told to stop.
    void readAhead(const std::stop_token& stop) const;
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
        std::optional<QuantisedTensors> quantised;
    };
    struct Converted {
        hearth::Workspace workspace;
        nlohmann::json generationConfig;
        nlohmann::json tokenizerConfig;
    };

    using Source = std::variant<Gguf, HuggingFace, SyntheticModel, Converted>;

    Checkpoint(std::filesystem::path path, Source source);
    /// A model's body saved alone, as embedding models are, lacks the prefix it has beside a head.
    void nameBody();
    static Result<Checkpoint> openGguf(const std::filesystem::path& path);
    static Result<Checkpoint> openFolder(const std::filesystem::path& folder);
    static Result<Checkpoint> openWorkspace(const std::filesystem::path& folder);
    [[nodiscard]] std::vector<const MappedFile*> files() const;
    void advise(std::span<const std::byte> bytes, PageAdvice advice) const;
    [[nodiscard]] const HuggingFace* folder() const { return std::get_if<HuggingFace>(&m_source); }
    [[nodiscard]] const Converted* converted() const { return std::get_if<Converted>(&m_source); }

    std::filesystem::path m_path;
    Source m_source;
    std::vector<TensorView> m_tensors;
    std::vector<std::string> m_bodyNames;
};

} // namespace hearth
