#pragma once

#include "state/workspace.h"
#include "view/pages/main_window.h"

namespace hearth::desktop {

/// What a window shows, as JSON: for tests of the program as a whole.
[[nodiscard]] QByteArray windowReport(ui::Workspace& workspace, const ui::MainWindow& window);

} // namespace hearth::desktop
