#pragma once

#include "state/workspace.h"

namespace hearth::desktop {

/// The real engine and the person's library in `dataDirectory`.
[[nodiscard]] ui::WorkspaceOptions engineSources(const QString& dataDirectory);

} // namespace hearth::desktop
