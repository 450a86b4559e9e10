#pragma once

#include <QString>

class QWidget;

namespace hearth::ui {

/// A tooltip that breaks into lines and shows `text` as it stands, whatever is in it; screen
/// readers get it as the description.
void setHoverText(QWidget& widget, const QString& text);

} // namespace hearth::ui
