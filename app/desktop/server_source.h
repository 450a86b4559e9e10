#pragma once

#include "state/server_controller.h"

namespace hearth::desktop {

/// Makes the REST server of the engine, with a pool of models over the window's host.
ui::ServerFactory engineServer();

} // namespace hearth::desktop
