#pragma once

#include "convert/convert.h"
#include "formats/checkpoint.h"
#include "models/decoder_program.h"
#include "models/decoder_spec.h"

#include <filesystem>
#include <string>

namespace hearth {

/// The text of a workspace's config.ini: section [llama] with the keys of LMDeploy's TurboMind, in
/// its order, and `config_version`, for some keys changed their meaning. `folder` has the
/// tokenizer. cache_max_entry_count is a share of free memory, cache_block_seq_len our cache's
/// block.
std::string lmdeployConfig(const Checkpoint& checkpoint, const DecoderSpec& decoder,
                           const DecoderProgram& program, const ConvertOptions& options,
                           const std::filesystem::path& folder);

} // namespace hearth
