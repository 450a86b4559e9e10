#include "fuzz/fuzz_folder.h"
#include "fuzz/open_model.h"

#include <string>

/// Any bytes as a tokenizer's file; HEARTH_FUZZ_FILE names it ("tokenizer.json", …).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const hearth::fuzz::FuzzFolder folder;
    folder.write(HEARTH_FUZZ_FILE, hearth::fuzz::textOf(data, size));
    hearth::fuzz::useTokenizer(folder.path());
    return 0;
}
