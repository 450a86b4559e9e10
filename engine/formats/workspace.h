#pragma once

#include "formats/mapped_file.h"
#include "formats/tensor_view.h"
#include "formats/workspace_index.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

// A workspace: a model converted once, so that loading it is one sequential read. A folder of
//
//   workspace.json  what is in here: WorkspaceIndex, and the model's DecoderSpec
//   weights.bin     every weight in the order in which a program takes it
//   config.ini      LMDeploy's keys, for people and for the options that are read from there
//   …               tokenizer files, chat template, generation_config.json, model card and license,
//                   as the source had them
//
// docs: engine/formats/workspace.md.

inline constexpr std::string_view kWorkspaceIndexName = "workspace.json";
inline constexpr std::string_view kWorkspaceWeightsName = "weights.bin";
inline constexpr std::string_view kWorkspaceConfigName = "config.ini";

/// True if the folder has a workspace's index.
[[nodiscard]] bool isWorkspace(const std::filesystem::path& folder);

/// A block of rows and columns of a segment.
struct WorkspaceSlice {
    const WorkspaceSegment* segment = nullptr;
    std::int64_t firstRow = 0;
    std::int64_t rowCount = 0;
    std::int64_t firstColumn = 0;
    std::int64_t columnCount = 0;
};

/// A workspace, memory-mapped. Whatever is handed out lies inside the file. Move-only; views stay
/// valid while the object (or the one it was moved into) lives. Any thread may read.
class Workspace {
public:
    /// Errors: NotFound, Io; Corrupt naming the key and what is wrong; Unsupported for another
    /// schema version.
    static Result<Workspace> open(const std::filesystem::path& folder);

    [[nodiscard]] const WorkspaceIndex& index() const { return m_index; }
    /// The serialised spec of the model.
    [[nodiscard]] const nlohmann::json& spec() const { return m_spec; }
    /// Likewise, for who wants that of a kind ("decoder", "encoder", "encoder_decoder"); never
    /// null. Errors: Corrupt if the model is of another.
    [[nodiscard]] Result<const nlohmann::json*> spec(std::string_view kind) const;
    /// How an embedder makes one vector of a text; null where nothing is said.
    [[nodiscard]] const nlohmann::json& pooling() const { return m_pooling; }
    /// The index, for errors about the spec.
    [[nodiscard]] const std::string& indexPath() const { return m_indexPath; }
    /// The weights: one file, whose segments' offsets and lengths the index has.
    [[nodiscard]] const MappedFile& file() const { return m_weights; }
    /// One view a segment, "layers.3.qkv.weight", with "#1", "#2", … behind further ones.
    [[nodiscard]] const std::vector<TensorView>& tensors() const { return m_tensors; }

    /// True if rows of this tensor of the converted checkpoint are here.
    [[nodiscard]] bool hasSource(std::string_view tensor) const;
    /// Where the rows and columns that `wanted` names lie; nothing if not all of them are in one
    /// segment.
    [[nodiscard]] std::optional<WorkspaceSlice> find(const WorkspaceSource& wanted) const;
    [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t offset, std::uint64_t size) const {
        return m_weights.bytes().subspan(offset, size);
    }

private:
    /// A run of rows of a source tensor, and where it begins.
    struct Run {
        const WorkspaceSource* source;
        const WorkspaceSegment* segment;
        std::int64_t firstRow;
    };

    /// `json` is all of workspace.json, whose spec has the key `kind`.
    Workspace(WorkspaceIndex index, nlohmann::json json, std::string kind, std::string indexPath,
              MappedFile weights);

    WorkspaceIndex m_index;
    std::string m_kind;
    nlohmann::json m_spec;
    nlohmann::json m_pooling;
    std::string m_indexPath;
    MappedFile m_weights;
    std::vector<std::string> m_names; ///< Of the views.
    std::vector<TensorView> m_tensors;
    std::map<std::string_view, std::vector<Run>, std::less<>> m_runs;
};

} // namespace hearth
