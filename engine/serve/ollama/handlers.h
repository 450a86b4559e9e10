#pragma once

#include "serve/context.h"
#include "serve/http/router.h"

#include <memory>

namespace hearth::serve {

// The routes of addOllama(), by subject.
void addOllamaGeneration(Router& router, const std::shared_ptr<Context>& context);
void addOllamaModels(Router& router, const std::shared_ptr<Context>& context);
void addOllamaEmbeddings(Router& router, const std::shared_ptr<Context>& context);

} // namespace hearth::serve
