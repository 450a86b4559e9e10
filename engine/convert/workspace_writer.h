#pragma once

#include "convert/output_file.h"
#include "convert/weight_sink.h"
#include "formats/workspace_index.h"
#include "models/weight_request.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hearth {

/// Says that a weight is written. `isCut`: tensor-parallel ranks take parts of it.
using WeightObserver = std::function<void(const WorkspaceEntry& entry, bool isCut)>;

/// Writes the weights of a workspace in the order of the program's requests.
class WorkspaceWriter final : public WeightSink {
public:
    /// `panels[i]` > 1: columns of request i are shared among so many ranks. `isCut[i]` for the
    /// observer. The requests must outlive the writer.
    WorkspaceWriter(OutputFile file, std::span<const WeightRequest> requests,
                    std::vector<std::int32_t> panels, std::vector<bool> isCut,
                    WeightObserver observer);

    Result<void> take(WeightShape shape, std::span<const kernels::WeightSource> parts) override;

    /// Closes the file. The entries and the size of the file.
    Result<WorkspaceIndex> finish();

private:
    Result<void> writeRun(std::span<const kernels::WeightSource> run, std::int32_t panels,
                          WorkspaceEntry& entry);
    Result<void> writeNumbers(std::span<const kernels::WeightSource> run,
                              const WorkspaceSegment& segment);
    Result<void> writeGroups(std::span<const kernels::WeightSource> run,
                             WorkspaceSegment& segment);
    Result<std::uint64_t> writeScales(std::span<const kernels::WeightSource> run,
                                      const WorkspaceSegment& segment, bool offsets,
                                      kernels::DType type);

    OutputFile m_file;
    std::span<const WeightRequest> m_requests;
    std::vector<std::int32_t> m_panels;
    std::vector<bool> m_isCut;
    WeightObserver m_observer;
    WorkspaceIndex m_index;
};

} // namespace hearth
