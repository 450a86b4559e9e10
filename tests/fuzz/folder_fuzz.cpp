#include "fuzz/fuzz_folder.h"
#include "fuzz/open_model.h"

/// A Hugging Face folder: config.json, the shards' index and one shard, cut by lines of four
/// dashes. An empty index stands for a folder without one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const hearth::fuzz::FuzzFolder folder;
    const auto parts = hearth::fuzz::partsOf(hearth::fuzz::textOf(data, size), 3);
    folder.write("config.json", parts[0]);
    if (parts[1].empty())
        folder.remove("model.safetensors.index.json");
    else
        folder.write("model.safetensors.index.json", parts[1]);
    folder.write("model.safetensors", parts[2]);
    hearth::fuzz::openModel(folder.path());
    return 0;
}
