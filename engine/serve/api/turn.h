#pragma once

#include "hearth/engine.h"
#include "serve/api/message_fields.h"

#include <cstdint>
#include <vector>

namespace hearth::serve {

/// Tokens that a turn adds to a session. The first round is the whole conversation as the model's
/// template has it; a later one only what the template puts behind a reply: its end, the turn and
/// the beginning of the next reply, so that the history's tokens stay as they were drawn. A last
/// message of the assistant is gone on from. Errors: those of Engine::tokenize().
Result<std::vector<std::int32_t>> turnTokens(const Engine& engine,
                                             const std::vector<std::int32_t>& history,
                                             const TextOrMessages& turn);

} // namespace hearth::serve
