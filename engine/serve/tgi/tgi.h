#pragma once

#include "serve/context.h"

#include <memory>

namespace hearth::serve {

/// Hugging Face text-generation-inference's generation. `stream`: by events, whatever the body
/// says.
void answerTgi(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<Context>& context,
               bool stream);

} // namespace hearth::serve
