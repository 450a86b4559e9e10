#pragma once

#include <QByteArray>

class QWidget;

namespace hearth::ui {

/// Where a window stands, how large it is and whether it is maximised, for the settings.
[[nodiscard]] QByteArray savedWindow(const QWidget& window);

/// Puts a window back before it is first shown: onto a screen that is there, no larger than that.
/// On Wayland, where only the compositor places windows, its size alone counts. Bytes that can't
/// be understood change nothing.
void restoreWindow(QWidget& window, const QByteArray& saved);

} // namespace hearth::ui
