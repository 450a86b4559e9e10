#pragma once

#include "hearth/model_pool.h"
#include "serve/http/router.h"

#include <memory>
#include <string>

namespace hearth::serve {

/// LMDeploy's {"input", "do_preprocess", "add_bos"} → {"input_ids", "length"}.
[[nodiscard]] Handler encodeHandler(const std::shared_ptr<ModelPool>& pool);
[[nodiscard]] std::string encodeSchema();

} // namespace hearth::serve
