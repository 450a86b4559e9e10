#pragma once

#include <QKeySequence>
#include <QString>

class QWidget;

namespace hearth::desktop {

/// Presses keys in what has the focus, shortcuts included, as the window system would. False if
/// they are no keys.
bool pressKeys(QWidget& window, const QKeySequence& keys);
/// Writes into what has the focus, as an input method would.
bool typeText(QWidget& window, const QString& text);

} // namespace hearth::desktop
