#pragma once

#include "serve/context.h"
#include "serve/lmdeploy/session_store.h"

#include <memory>

namespace hearth::serve {

/// LMDeploy's conversation that stays on the server.
void answerInteractive(const std::shared_ptr<Exchange>& exchange,
                       const std::shared_ptr<Context>& context,
                       const std::shared_ptr<SessionStore>& sessions);

} // namespace hearth::serve
