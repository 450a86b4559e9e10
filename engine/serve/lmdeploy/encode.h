#pragma once

#include "serve/api/json_text.h"
#include "serve/context.h"

#include <memory>
#include <string>

namespace hearth::serve {

/// LMDeploy's {"input", "do_preprocess", "add_bos"} → {"input_ids", "length"}.
void answerEncode(const std::shared_ptr<Exchange>& exchange,
                  const std::shared_ptr<Context>& context);
[[nodiscard]] std::string encodeSchema();

} // namespace hearth::serve
