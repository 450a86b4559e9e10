#include "view/pages/hover_text.h"

#include <QWidget>

namespace hearth::ui {

void setHoverText(QWidget& widget, const QString& text) {
    // Only rich text breaks into lines; inside a tag, what is escaped is read as such.
    widget.setToolTip(text.isEmpty() ? QString()
                                     : QStringLiteral("<qt>%1</qt>").arg(text.toHtmlEscaped()));
    widget.setAccessibleDescription(text);
}

} // namespace hearth::ui
