#pragma once

#include "serve/context.h"
#include "serve/openai/completion_body.h"
#include "serve/openai/completion_writer.h"

#include <memory>

namespace hearth::serve {

/// Answers a completion by beam search, one prompt after the other.
void answerBeams(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<Context>& context,
                 CompletionBody body, Lane lane, const CompletionAnswer& answer);

} // namespace hearth::serve
