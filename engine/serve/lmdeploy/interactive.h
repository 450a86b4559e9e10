#pragma once

#include "serve/api/json_text.h"
#include "serve/context.h"
#include "serve/lmdeploy/session_store.h"

#include <memory>

namespace hearth::serve {

/// LMDeploy's conversation that stays on the server. `body` is the request's, parsed.
void answerInteractive(const std::shared_ptr<Exchange>& exchange, const Json& body,
                       const std::shared_ptr<Context>& context,
                       const std::shared_ptr<SessionStore>& sessions);

} // namespace hearth::serve
