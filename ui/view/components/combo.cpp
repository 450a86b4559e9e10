#include "view/components/combo.h"

#include <QStyledItemDelegate>
#include <QWheelEvent>

namespace hearth::ui {

Combo::Combo(const QString& name, QWidget* parent)
    : QComboBox(parent) {
    setAccessibleName(name);
    setFocusPolicy(Qt::StrongFocus);
    setItemDelegate(new QStyledItemDelegate(this));
    setSizeAdjustPolicy(QComboBox::AdjustToContents);
}

void Combo::wheelEvent(QWheelEvent* event) {
    if (hasFocus())
        QComboBox::wheelEvent(event);
    else
        event->ignore();
}

} // namespace hearth::ui
