#pragma once

#include "serve/api/generation_writer.h"
#include "serve/http/exchange.h"
#include "serve/tgi/tgi_tokens.h"

#include <memory>

namespace hearth::serve {

/// {"generated_text", "details"}
[[nodiscard]] std::unique_ptr<GenerationWriter>
makeTgiWholeWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<TgiTurn> turn);
/// An event a token; the last one has generated_text and details.
[[nodiscard]] std::unique_ptr<GenerationWriter>
makeTgiStreamWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<TgiTurn> turn);

} // namespace hearth::serve
