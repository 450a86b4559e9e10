#pragma once

#include "serve/context.h"
#include "serve/http/router.h"

#include <memory>

namespace hearth::serve {

// The routes of addTools(), by subject.
void addTokenize(Router& router, const std::shared_ptr<Context>& context);
void addRerank(Router& router, const std::shared_ptr<Context>& context);
void addModelLoading(Router& router, const std::shared_ptr<Context>& context);

} // namespace hearth::serve
