#include "formats/safetensors.h"
#include "fuzz/fuzz_folder.h"

#include <cstdlib>

/// Any bytes as a safetensors file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const hearth::fuzz::FuzzFolder folder;
    const auto file = hearth::SafetensorsFile::open(
        folder.write("model.safetensors", hearth::fuzz::textOf(data, size)));
    if (!file)
        return 0;
    const auto bytes = file->file().bytes();
    for (const auto& tensor : file->tensors()) {
        const bool inside = tensor.data.empty() || (tensor.data.data() >= bytes.data() &&
                                                    tensor.data.data() + tensor.data.size() <=
                                                        bytes.data() + bytes.size());
        if (!inside)
            std::abort();
    }
    return 0;
}
