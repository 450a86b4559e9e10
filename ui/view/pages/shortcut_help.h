#pragma once

class QWidget;

namespace hearth::ui {

class Shortcuts;

/// Lists, over the window, every action with the keys that are bound to it now.
void openShortcutHelp(QWidget& window, const Shortcuts& shortcuts);

} // namespace hearth::ui
