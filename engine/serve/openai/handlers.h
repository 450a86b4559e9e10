#pragma once

#include "serve/context.h"
#include "serve/http/router.h"

#include <memory>

namespace hearth::serve {

// The routes of OpenAI's API, by resource.
void addModels(Router& router, const std::shared_ptr<Context>& context);
void addChat(Router& router, const std::shared_ptr<Context>& context);
void addCompletions(Router& router, const std::shared_ptr<Context>& context);
void addEmbeddings(Router& router, const std::shared_ptr<Context>& context);
void addResponses(Router& router, const std::shared_ptr<Context>& context);

} // namespace hearth::serve
