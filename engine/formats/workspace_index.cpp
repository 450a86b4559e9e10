#include "formats/workspace_index.h"

#include "base/checked.h"
#include "formats/format_error.h"

#include <cstddef>
#include <limits>
#include <string_view>
#include <utility>

namespace hearth {

namespace {

using Json = nlohmann::json;
using kernels::DType;

constexpr std::int64_t kLargest = std::int64_t{1} << 40;
constexpr std::int32_t kMostPanels = 1024;

/// More than there are types.
constexpr int kMostTypes = 64;

/// The type of this name, of those that weights have.
std::optional<DType> typeCalled(std::string_view name) {
    for (int number = 0; number < kMostTypes; ++number) {
        const auto type = static_cast<DType>(number);
        const bool isWeight = type == DType::F32 || type == DType::F16 || type == DType::BF16 ||
                              type == DType::U8 || type == DType::F8E4M3 ||
                              type == DType::F8E5M2 || kernels::isBlockQuantised(type);
        if (isWeight && kernels::name(type) == name)
            return type;
    }
    return {};
}

/// Codes, which mean nothing without their scales.
bool isCode(DType type) {
    return type == DType::U8 || type == DType::F8E4M3 || type == DType::F8E5M2;
}

Json groupsToJson(const WorkspaceGroups& groups) {
    Json json{{"bits", groups.bits},
              {"group_size", groups.groupSize},
              {"scale_type", kernels::name(groups.scaleType)},
              {"scales", groups.scales}};
    if (groups.offsets)
        json["offsets"] = *groups.offsets;
    if (groups.permutation)
        json["permutation"] = *groups.permutation;
    if (!groups.codebook.empty())
        json["codebook"] = groups.codebook;
    return json;
}

Json segmentToJson(const WorkspaceSegment& segment) {
    Json json{{"type", kernels::name(segment.type)}, {"rows", segment.rows},
              {"columns", segment.columns},          {"panels", segment.panels},
              {"offset", segment.offset},            {"bytes", segment.bytes}};
    if (segment.groups)
        json["groups"] = groupsToJson(*segment.groups);
    return json;
}

/// Reads one entry; what is wrong first is remembered.
class EntryReader {
public:
    EntryReader(const Json& json, const std::string& path, std::uint64_t fileBytes)
        : m_json(json), m_path(path), m_fileBytes(fileBytes) {}

    Result<WorkspaceEntry> read() {
        WorkspaceEntry entry;
        if (!m_json.is_object() || !m_json.contains("name") || !m_json["name"].is_string())
            return wrong("an entry without a name");
        entry.name = m_name = m_json["name"].get<std::string>();
        std::int64_t sourceRows = 0;
        std::int64_t segmentRows = 0;
        if (!list("sources") || !list("segments"))
            return wrong("needs sources and segments");
        for (const Json& json : m_json["sources"]) {
            HEARTH_TRY_ASSIGN(WorkspaceSource source, readSource(json));
            sourceRows += source.rowCount;
            entry.sources.push_back(std::move(source));
        }
        for (const Json& json : m_json["segments"]) {
            HEARTH_TRY_ASSIGN(WorkspaceSegment segment, readSegment(json));
            segmentRows += segment.rows;
            entry.segments.push_back(std::move(segment));
        }
        if (sourceRows != segmentRows)
            return wrong("its sources and segments differ in rows");
        HEARTH_TRY(checkRuns(entry));
        return entry;
    }

private:
    [[nodiscard]] Failure wrong(std::string detail) const {
        return fileFailure(ErrorCode::Corrupt, m_path, m_name, std::move(detail));
    }
    /// Every source lies in one segment, whose columns it has.
    [[nodiscard]] Result<void> checkRuns(const WorkspaceEntry& entry) const {
        auto segment = entry.segments.begin();
        std::int64_t row = 0;
        for (const WorkspaceSource& source : entry.sources) {
            if (row == segment->rows) {
                ++segment;
                row = 0;
            }
            row += source.rowCount;
            if (row > segment->rows || source.columnCount != segment->columns)
                return wrong("a source does not fit its segment");
        }
        return {};
    }
    [[nodiscard]] bool list(const char* key) const {
        constexpr std::size_t kMostParts = 1 << 16;
        return m_json.contains(key) && m_json[key].is_array() && !m_json[key].empty() &&
               m_json[key].size() <= kMostParts;
    }
    /// The number under a key or index, or low - 1.
    template<typename Key>
    static std::int64_t number(const Json& json, const Key& key, std::int64_t low,
                               std::int64_t high) {
        const Json& value = json.at(key);
        const bool fits = value.is_number_unsigned()
                              ? value.get<std::uint64_t>() <= std::uint64_t(high)
                              : value.is_number_integer();
        if (!fits)
            return low - 1;
        const auto is = value.get<std::int64_t>();
        return is < low || is > high ? low - 1 : is;
    }
    static std::int64_t numberOr(const Json& json, const char* key, std::int64_t low,
                                 std::int64_t high) {
        return json.contains(key) ? number(json, key, low, high) : low - 1;
    }

    Result<WorkspaceSource> readSource(const Json& json) {
        if (!json.is_array() || json.size() != 7 || !json[0].is_string())
            return wrong("a source must be a list of 7");
        WorkspaceSource source;
        source.tensor = json[0].get<std::string>();
        source.firstRow = number(json, 1, 0, kLargest);
        source.rowCount = number(json, 2, 1, kLargest);
        source.rowStep = number(json, 3, 1, kLargest);
        source.firstColumn = number(json, 4, 0, kLargest);
        source.columnCount = number(json, 5, 1, kLargest);
        source.transform = static_cast<std::uint8_t>(number(json, 6, 0, 254));
        if (source.firstRow < 0 || source.rowCount < 1 || source.rowStep < 1 ||
            source.firstColumn < 0 || source.columnCount < 1 || source.transform == 255)
            return wrong("a source's numbers are out of range");
        return source;
    }

    Result<WorkspaceSegment> readSegment(const Json& json) {
        if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
            return wrong("a segment without a type");
        WorkspaceSegment segment;
        const auto type = json["type"].get<std::string>();
        const std::optional<DType> known = typeCalled(type);
        if (!known)
            return fileFailure(ErrorCode::Unsupported, m_path, m_name, "type " + type);
        segment.type = *known;
        segment.rows = numberOr(json, "rows", 1, kLargest);
        segment.columns = numberOr(json, "columns", 1, kLargest);
        const std::int64_t panels = numberOr(json, "panels", 1, kMostPanels);
        const std::int64_t offset = numberOr(json, "offset", 0, std::int64_t(m_fileBytes));
        const std::int64_t bytes = numberOr(json, "bytes", 1, std::int64_t(m_fileBytes));
        if (segment.rows < 1 || segment.columns < 1 || panels < 1 || offset < 0 || bytes < 1)
            return wrong("a segment's numbers are out of range");
        segment.panels = static_cast<std::int32_t>(panels);
        segment.offset = std::uint64_t(offset);
        segment.bytes = std::uint64_t(bytes);
        if (segment.offset % kWorkspaceAlignment != 0)
            return wrong("a segment is not aligned");
        if (segment.columns % panels != 0)
            return wrong("its columns cannot be shared among its panels");
        if (json.contains("groups")) {
            HEARTH_TRY(readGroups(json["groups"], segment));
        } else if (isCode(segment.type) ||
                   segment.panelColumns() % kernels::blockSize(segment.type).elements != 0) {
            return wrong("its columns are no whole blocks, or codes without groups");
        }
        HEARTH_TRY(inside(segment.offset, Checked(segment.rows) * Checked(panels) *
                                              Checked(segment.rowBytes())));
        HEARTH_TRY(inside(segment.offset, Checked(segment.bytes)));
        return segment;
    }

    Result<void> readGroups(const Json& json, WorkspaceSegment& segment) {
        if (!json.is_object() || !json.contains("scale_type") || !isCode(segment.type))
            return wrong("groups need codes and a scale type");
        WorkspaceGroups groups;
        const std::int64_t bits = numberOr(json, "bits", 2, 8);
        const std::int64_t size = numberOr(json, "group_size", 1, segment.columns);
        if (bits < 2 || size < 1)
            return wrong("bits or group size are out of range");
        groups.bits = static_cast<std::uint8_t>(bits);
        if (!std::in_range<std::int32_t>(size))
            return wrong("bits or group size are out of range");
        groups.groupSize = static_cast<std::int32_t>(size);
        if (json["scale_type"] == "F16")
            groups.scaleType = DType::F16;
        else if (json["scale_type"] != "F32")
            return wrong("scales must be F16 or F32");
        segment.groups = groups;
        const Checked count =
            Checked(segment.rows) * Checked(segment.panels) * Checked(segment.rowGroups());
        HEARTH_TRY_ASSIGN(segment.groups->scales,
                          place(json, "scales",
                                count * Checked(kernels::blockSize(groups.scaleType).bytes)));
        if (json.contains("offsets")) {
            HEARTH_TRY_ASSIGN(segment.groups->offsets, place(json, "offsets", count * Checked(4)));
        }
        if (json.contains("permutation")) {
            if (segment.panels != 1)
                return wrong("a permutation allows one panel only");
            HEARTH_TRY_ASSIGN(segment.groups->permutation,
                              place(json, "permutation", Checked(segment.columns) * Checked(4)));
        }
        return readCodebook(json, *segment.groups);
    }

    Result<void> readCodebook(const Json& json, WorkspaceGroups& groups) {
        if (!json.contains("codebook"))
            return {};
        const Json& list = json["codebook"];
        if (!list.is_array() || list.size() != std::size_t{1} << groups.bits)
            return wrong("the codebook has another length than 2^bits");
        for (const Json& value : list) {
            if (!value.is_number())
                return wrong("the codebook holds something that is no number");
            groups.codebook.push_back(value.get<float>());
        }
        return {};
    }

    Result<std::uint64_t> place(const Json& json, const char* key, Checked size) {
        const std::int64_t offset = numberOr(json, key, 0, std::int64_t(m_fileBytes));
        if (offset < 0)
            return wrong(std::string(key) + " is out of range");
        if (offset % 4 != 0)
            return wrong(std::string(key) + " is not aligned");
        HEARTH_TRY(inside(std::uint64_t(offset), size));
        return std::uint64_t(offset);
    }
    Result<void> inside(std::uint64_t offset, Checked size) const {
        if (!(Checked(offset) + size).atMost(m_fileBytes))
            return wrong("lies beyond the end of the weights");
        return {};
    }

    const Json& m_json;
    const std::string& m_path;
    const std::uint64_t m_fileBytes;
    std::string m_name = "entries";
};

} // namespace

std::int64_t WorkspaceSegment::rowBytes() const {
    if (groups)
        return (panelColumns() * groups->bits + 7) / 8;
    const kernels::BlockSize block = kernels::blockSize(type);
    return panelColumns() / block.elements * block.bytes;
}

std::int64_t WorkspaceSegment::rowGroups() const {
    return groups ? (panelColumns() + groups->groupSize - 1) / groups->groupSize : 0;
}

Json toJson(const WorkspaceIndex& index) {
    Json entries = Json::array();
    for (const WorkspaceEntry& entry : index.entries) {
        Json sources = Json::array();
        for (const WorkspaceSource& source : entry.sources)
            sources.push_back({source.tensor, source.firstRow, source.rowCount, source.rowStep,
                               source.firstColumn, source.columnCount, source.transform});
        Json segments = Json::array();
        for (const WorkspaceSegment& segment : entry.segments)
            segments.push_back(segmentToJson(segment));
        entries.push_back({{"name", entry.name},
                           {"sources", std::move(sources)},
                           {"segments", std::move(segments)}});
    }
    return {{"model_name", index.modelName},
            {"tensor_parallel", index.tensorParallel},
            {"bytes", index.fileBytes},
            {"entries", std::move(entries)}};
}

Result<WorkspaceIndex> workspaceIndexFromJson(const Json& json, const std::string& path) {
    const auto wrong = [&](const char* field, const char* detail) {
        return fileFailure(ErrorCode::Corrupt, path, field, detail);
    };
    if (!json.is_object())
        return wrong("weights", "must be an object");
    WorkspaceIndex index;
    const auto find = [&](const char* key) {
        const auto found = json.find(key);
        return found == json.end() ? Json() : *found;
    };
    const Json name = find("model_name");
    const Json ranks = find("tensor_parallel");
    const Json bytes = find("bytes");
    if (!name.is_string())
        return wrong("model_name", "must be a string");
    if (!ranks.is_number_unsigned() || ranks.get<std::uint64_t>() < 1 ||
        ranks.get<std::uint64_t>() > std::uint64_t(kMostPanels))
        return wrong("tensor_parallel", "must be within 1 and 1024");
    if (!bytes.is_number_unsigned() ||
        bytes.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
        return wrong("bytes", "must be a size");
    index.modelName = name.get<std::string>();
    index.tensorParallel = ranks.get<std::int32_t>();
    index.fileBytes = bytes.get<std::uint64_t>();
    const auto entries = json.find("entries");
    if (entries == json.end() || !entries->is_array())
        return wrong("entries", "must be a list");
    index.entries.reserve(entries->size());
    for (const Json& entry : *entries) {
        HEARTH_TRY_ASSIGN(WorkspaceEntry read,
                          EntryReader(entry, path, index.fileBytes).read());
        index.entries.push_back(std::move(read));
    }
    return index;
}

} // namespace hearth
