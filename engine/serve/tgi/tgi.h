#pragma once

#include "serve/api/json_text.h"
#include "serve/context.h"

#include <memory>
#include <string>

namespace hearth::serve {

/// Hugging Face text-generation-inference: /generate and, with `stream`, /generate_stream.
/// `body` is the request's, parsed.
void answerTgi(const std::shared_ptr<Exchange>& exchange, const Json& body,
               const std::shared_ptr<Context>& context, bool stream);
/// JSON Schema of the body.
[[nodiscard]] std::string tgiSchema();

} // namespace hearth::serve
