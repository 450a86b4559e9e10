#include "fuzz/fuzz_folder.h"
#include "fuzz/open_model.h"

#include <cstdlib>
#include <system_error>

namespace {

/// What the seeds' indexes say. The rest of the file is a hole.
constexpr std::uintmax_t kWeightBytes = 1 << 20;

} // namespace

/// A workspace: workspace.json and the beginning of weights.bin, cut by a line of four dashes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const hearth::fuzz::FuzzFolder folder;
    const auto parts = hearth::fuzz::partsOf(hearth::fuzz::textOf(data, size), 2);
    folder.write("workspace.json", parts[0]);
    std::error_code failed;
    std::filesystem::resize_file(folder.write("weights.bin", parts[1]), kWeightBytes, failed);
    if (failed)
        std::abort();
    hearth::fuzz::openModel(folder.path());
    return 0;
}
