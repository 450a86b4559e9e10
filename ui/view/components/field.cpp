#include "view/components/field.h"

#include "view/components/label.h"
#include "view/theme/hearth_style.h"

#include <QVBoxLayout>

namespace hearth::ui {

Field::Field(const QString& label, QWidget* parent)
    : QWidget(parent)
    , m_label(new Label(label, TextStyle::Ui, ColorRole::Text, this))
    , m_edit(new QLineEdit(this))
    , m_below(new Label(QString(), TextStyle::Caption, ColorRole::Muted, this)) {
    m_label->setBuddy(m_edit);
    m_label->setVisible(!label.isEmpty());
    m_edit->setAccessibleName(label);
    m_below->setWordWrap(true);
    setFocusProxy(m_edit);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kXs);
    column->addWidget(m_label);
    column->addWidget(m_edit);
    column->addWidget(m_below);
    refresh();
}

void Field::setLabel(const QString& label) {
    m_label->setText(label);
    m_label->setVisible(!label.isEmpty());
    m_edit->setAccessibleName(label);
}

void Field::setHint(const QString& hint) {
    m_hint = hint;
    refresh();
}

void Field::setError(const QString& error) {
    m_error = error;
    refresh();
}

void Field::refresh() {
    const bool refused = !m_error.isEmpty();
    setRefused(*m_edit, refused);
    m_below->setText(refused ? m_error : m_hint);
    m_below->setRole(refused ? ColorRole::Error : ColorRole::Muted);
    m_below->setVisible(!m_below->text().isEmpty());
    m_edit->setAccessibleDescription(m_below->text());
}

} // namespace hearth::ui
