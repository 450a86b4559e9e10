#pragma once

#include "hearth/model_pool.h"
#include "serve/http/exchange.h"

#include <memory>

namespace hearth::serve {

/// An exchange that adds LM Studio's "stats", "model_info" and "runtime" to answers of OpenAI's
/// shape: to a whole one, or to the event that has a finish_reason.
[[nodiscard]] std::shared_ptr<Exchange> addStats(std::shared_ptr<Exchange> exchange,
                                                 std::shared_ptr<ModelPool> pool);

} // namespace hearth::serve
