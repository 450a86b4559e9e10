#pragma once

#include "convert/workspace_writer.h"
#include "formats/checkpoint.h"
#include "hearth/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace hearth {

/// What a conversion turns a checkpoint into.
struct ConvertOptions {
    std::string modelName;              ///< Kept in the workspace; names its template.
    std::filesystem::path destination;  ///< Folder of the workspace, or GGUF file.
    std::filesystem::path tokenizer;    ///< As tokenizerPathOf() found it; empty: none.
    std::int32_t tensorParallel = 1;    ///< Panels of column-cut matrices; a power of two.
    std::string outType; ///< GGUF only: f32, f16, bf16, q8_0, …; empty: the source's.
};

/// What a caller sees of it, on the caller's thread.
struct ConvertObserver {
    WeightObserver weight;                                             ///< May be empty.
    std::function<void(std::uint64_t done, std::uint64_t total)> bytes; ///< May be empty.
};

/// "hf", "awq", "gptq", "gguf" or "workspace": what a checkpoint is, in LMDeploy's words.
[[nodiscard]] std::string modelFormatOf(const Checkpoint& checkpoint);

/// Codes' group size of a quantised checkpoint; 0 for others.
[[nodiscard]] std::int32_t groupSizeOf(const Checkpoint& checkpoint);

/// Writes a workspace. The destination's place is taken at the end, by a workspace that was opened
/// and checked; until then it is as it was, and nothing is left after an error.
/// Errors: those of describeAnyModel(), readPooling() and loadWeights(); InvalidArgument for a
/// destination that holds something else, or a tensorParallel that does not divide the model;
/// NoSpace, Io, Cancelled.
Result<void> convertToWorkspace(const Checkpoint& checkpoint, const ConvertOptions& options,
                                const ConvertObserver& observer, const std::stop_token& stop);

} // namespace hearth
