#pragma once

#include "hearth/engine.h"
#include "serve/api/api_error.h"

#include <string>

namespace hearth::serve {

/// The tokens of a prompt whose middle is to be filled in, as the model was trained for it (the
/// tokens' order prefix, suffix, middle: Bavarian et al. 2022, "PSM"). A 400 if its vocabulary has
/// no such tokens.
[[nodiscard]] Outcome<Prompt> infillPrompt(const Prompt& prefix, const std::string& suffix,
                                           const Engine& engine);

/// The text of a prompt, for echo.
[[nodiscard]] std::string promptText(const Prompt& prompt, const Engine& engine);

} // namespace hearth::serve
