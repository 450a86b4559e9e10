#pragma once

#include "hearth/model_pool.h"
#include "serve/api/json_text.h"

namespace hearth::serve {

/// What LM Studio's /api/v0/models says of a model.
[[nodiscard]] Json lmStudioModel(const PoolModelStatus& status);
/// The "model_info" of its answers.
[[nodiscard]] Json lmStudioModelInfo(const PoolModelStatus& status);

} // namespace hearth::serve
