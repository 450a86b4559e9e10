#include "fuzz/fuzz_folder.h"
#include "fuzz/open_model.h"

/// Any bytes as a GGUF file: header, model and tokenizer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const hearth::fuzz::FuzzFolder folder;
    const auto path = folder.write("model.gguf", hearth::fuzz::textOf(data, size));
    hearth::fuzz::openModel(path);
    hearth::fuzz::useTokenizer(path);
    return 0;
}
