#pragma once

#include "hearth/engine.h"
#include "serve/api/generation.h"
#include "serve/api/reading.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hearth::serve {

/// Logprobs of prompts in one answer, over all its tokens, their likeliest ones and its copies of
/// a prompt. So many take 0.27 GB (measured) while the answer is put together.
inline constexpr std::size_t kMaxPromptLogprobs = std::size_t{1} << 18;
/// In a stream, where those of a prompt are one event, which has to fit a connection's buffer.
inline constexpr std::size_t kMaxStreamedPromptLogprobs = std::size_t{1} << 15;

/// Why the answer to a plan would be too large: a 400. `copies`: how often it tells a prompt's.
[[nodiscard]] std::optional<ApiError> tooManyPromptLogprobs(const GenerationPlan& plan,
                                                            const Engine& engine,
                                                            std::int32_t copies, bool isStream);

/// prompt_logprobs stand in whole answers only.
void checkPromptLogprobs(bool isStreamed, Reading& reading);

} // namespace hearth::serve
