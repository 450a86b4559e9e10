#pragma once

#include "convert/convert.h"
#include "formats/checkpoint.h"
#include "hearth/result.h"

#include <functional>
#include <stop_token>
#include <string>

namespace hearth {

/// What a caller sees of an export, on the caller's thread.
struct ExportObserver {
    /// A tensor is written: its name, its shape as llama.cpp prints it, its type.
    std::function<void(const std::string& name, const std::string& shape, const std::string& type)>
        tensor;                                                         ///< May be empty.
    std::function<void(std::uint64_t done, std::uint64_t total)> bytes; ///< May be empty.
    std::function<void(const std::string&)> note = {}; ///< As ggufNotes() has them; may be empty.
};

/// Writes a GGUF file that llama.cpp reads. Quantised blocks stay as they are, codes in groups
/// become F16 unless `outType` says otherwise. Without a tokenizer the file has none. The
/// destination is replaced at the end, if it is a GGUF file or nothing.
/// Errors: as convertToWorkspace(); Unsupported for a model that GGUF cannot express.
Result<void> convertToGguf(const Checkpoint& checkpoint, const ConvertOptions& options,
                           const ExportObserver& observer, const std::stop_token& stop);

} // namespace hearth
