#include "formats/workspace.h"

#include "formats/format_error.h"
#include "formats/json_file.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

namespace fs = std::filesystem;

/// An entry takes about 300 bytes; the largest mixtures have a hundred thousand.
constexpr std::uint64_t kMaxWorkspaceIndexBytes = 256 << 20;

/// What the spec of a model is called, kind by kind.
constexpr std::array kSpecs{"decoder", "encoder", "encoder_decoder"};

Result<void> checkHeader(const nlohmann::json& json, const std::string& path) {
    const auto text = json.is_object() ? json.find("format") : json.end();
    if (text == json.end() || *text != "hearth workspace")
        return fileFailure(ErrorCode::Corrupt, path, "format", "is not \"hearth workspace\"");
    const auto version = json.find("schema_version");
    if (version == json.end() || !version->is_number_integer())
        return fileFailure(ErrorCode::Corrupt, path, "schema_version", "must be a number");
    if (*version != kWorkspaceVersion)
        return fileFailure(ErrorCode::Unsupported, path, "schema_version",
                           fmt::format("{}, this program knows {}; convert the model again",
                                       version->dump(), kWorkspaceVersion));
    return {};
}

/// What the codes are called; the numbers tell what they are.
GroupFormat formatOf(const WorkspaceSegment& segment) {
    GroupFormat format{segment.groups->bits, segment.groups->groupSize};
    if (segment.type == kernels::DType::F8E4M3)
        format.kind = CodeKind::Float8;
    else if (segment.type == kernels::DType::F8E5M2)
        format.kind = CodeKind::Float8Wide;
    else if (!segment.groups->codebook.empty())
        format.kind = CodeKind::NormalFloat4;
    return format;
}

} // namespace

bool isWorkspace(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / kWorkspaceIndexName, ignored);
}

Result<Workspace> Workspace::open(const fs::path& folder) {
    const std::string path = (folder / kWorkspaceIndexName).string();
    HEARTH_TRY_ASSIGN(nlohmann::json json, readJson(path, kMaxWorkspaceIndexBytes));
    HEARTH_TRY(checkHeader(json, path));
    const auto* const kind = std::ranges::find_if(
        kSpecs, [&](const char* key) { return json.contains(key); });
    if (!json.contains("weights") || kind == kSpecs.end())
        return fileFailure(ErrorCode::Corrupt, path, "weights", "or the model is missing");
    HEARTH_TRY_ASSIGN(WorkspaceIndex index, workspaceIndexFromJson(json["weights"], path));
    HEARTH_TRY_ASSIGN(MappedFile weights, MappedFile::open(folder / kWorkspaceWeightsName));
    if (weights.bytes().size() != index.fileBytes)
        return fileFailure(ErrorCode::Corrupt, weights.path(), "size",
                           fmt::format("{} bytes, the index says {}", weights.bytes().size(),
                                       index.fileBytes));
    return Workspace(std::move(index), std::move(json), *kind, path, std::move(weights));
}

Result<const nlohmann::json*> Workspace::spec(std::string_view kind) const {
    if (m_kind != kind)
        return fileFailure(ErrorCode::Corrupt, m_indexPath, std::string(kind),
                           "is missing, there is only " + m_kind);
    return &m_spec;
}

Workspace::Workspace(WorkspaceIndex index, nlohmann::json json, std::string kind,
                     std::string indexPath, MappedFile weights)
    : m_index(std::move(index))
    , m_kind(std::move(kind))
    , m_spec(std::move(json[m_kind]))
    , m_pooling(std::move(json["pooling"]))
    , m_indexPath(std::move(indexPath))
    , m_weights(std::move(weights)) {
    for (const WorkspaceEntry& entry : m_index.entries) {
        auto segment = entry.segments.begin();
        std::int64_t row = 0;
        for (const WorkspaceSource& source : entry.sources) {
            if (row == segment->rows) {
                ++segment;
                row = 0;
            }
            m_runs[source.tensor].push_back({&source, &*segment, row});
            row += source.rowCount;
        }
        for (std::size_t i = 0; i < entry.segments.size(); ++i)
            m_names.push_back(i == 0 ? entry.name : fmt::format("{}#{}", entry.name, i));
    }
    auto name = m_names.begin();
    for (const WorkspaceEntry& entry : m_index.entries)
        for (const WorkspaceSegment& segment : entry.segments) {
            TensorView view;
            view.name = *name++;
            view.shape = {segment.rows, segment.columns};
            view.type = segment.type;
            view.data = bytes(segment.offset, segment.bytes);
            if (segment.groups)
                view.groups = formatOf(segment);
            m_tensors.push_back(std::move(view));
        }
}

bool Workspace::hasSource(std::string_view tensor) const {
    return m_runs.find(tensor) != m_runs.end();
}

std::optional<WorkspaceSlice> Workspace::find(const WorkspaceSource& wanted) const {
    const auto found = m_runs.find(wanted.tensor);
    if (found == m_runs.end())
        return {};
    for (const Run& run : found->second) {
        const WorkspaceSource& has = *run.source;
        const bool single = wanted.rowCount == 1 || wanted.rowStep == has.rowStep;
        if (has.transform != wanted.transform || !single || wanted.firstRow < has.firstRow ||
            wanted.firstColumn < has.firstColumn)
            continue;
        const std::int64_t distance = wanted.firstRow - has.firstRow;
        const std::int64_t before = distance / has.rowStep;
        const std::int64_t left = wanted.firstColumn - has.firstColumn;
        if (distance % has.rowStep != 0 || before > has.rowCount - wanted.rowCount ||
            left > has.columnCount - wanted.columnCount)
            continue;
        return WorkspaceSlice{run.segment, run.firstRow + before, wanted.rowCount, left,
                              wanted.columnCount};
    }
    return {};
}

} // namespace hearth
