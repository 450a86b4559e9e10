#pragma once

namespace hearth::desktop {

/// True if a window can be opened. Qt aborts the whole program (status 134) if the display that the
/// environment names does not answer, so it is asked first; where only one of X11 and Wayland
/// answers, Qt is told to take that one. Call before the QApplication.
[[nodiscard]] bool prepareDisplay();

} // namespace hearth::desktop
