#pragma once

#include "state/workspace.h"
#include "view/pages/main_window.h"

namespace hearth::desktop {

class StartClock;

/// What a window shows and how long its start took, as JSON: for tests of the program as a whole.
[[nodiscard]] QByteArray windowReport(ui::Workspace& workspace, const ui::MainWindow& window,
                                      const StartClock& clock);

} // namespace hearth::desktop
