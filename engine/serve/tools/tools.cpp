#include "serve/tools/handlers.h"

namespace hearth::serve {

void addTools(Router& router, const std::shared_ptr<Context>& context) {
    addTokenize(router, context);
    addRerank(router, context);
    addModelLoading(router, context);
}

} // namespace hearth::serve
