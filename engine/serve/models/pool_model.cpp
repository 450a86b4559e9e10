#include "hearth/model_pool.h"

#include <filesystem>

namespace hearth {

namespace {

/// Of the epoch where there is no file, as for synthetic models.
std::chrono::system_clock::time_point modifiedAt(const std::string& path) {
    std::error_code problem;
    const auto time = std::filesystem::last_write_time(path, problem);
    if (problem)
        return {};
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(
        std::chrono::file_clock::to_sys(time));
}

} // namespace

PoolModel poolModelOf(const LibraryModel& model) {
    PoolModel made;
    made.name = model.name;
    made.path = model.path;
    made.architecture = model.architecture;
    made.quantisation = model.quantisation;
    made.kind = model.kind;
    made.bytes = model.bytes;
    made.trainedContext = model.trainedContext;
    made.modified = modifiedAt(model.path);
    return made;
}

} // namespace hearth
