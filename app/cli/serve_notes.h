#pragma once

#include "hearth/model_pool.h"
#include "hearth/server.h"

#include <string>

namespace hearth::cli {

/// A warning for whoever serves an encoder, or a model without a tokenizer: which of the APIs it
/// can answer. Empty if it can chat. Of an encoder it computes one word.
[[nodiscard]] std::string limitsNote(const ModelLease& lease);

/// Where other devices reach the server and what they need; empty if none can.
[[nodiscard]] std::string networkNote(const Server& server);

} // namespace hearth::cli
