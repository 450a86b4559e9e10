#include "view/pages/settings/settings_section.h"

#include "view/components/label.h"

#include <QBoxLayout>

namespace hearth::ui {

SettingsSection::SettingsSection(const QString& key, const QString& title, QWidget* parent)
    : Card(parent)
    , m_key(key)
    , m_title(title) {
    setObjectName(key);
    setAccessibleName(title);
    body()->setSpacing(space::kLg);
    body()->addWidget(new Label(title, TextStyle::Title, ColorRole::Text, this));
}

void SettingsSection::mark(QWidget* control, const QString& name) {
    control->setObjectName(m_key + QLatin1Char('/') + name);
}

Label* SettingsSection::addLine(const Line& line, QWidget* control) {
    mark(control, QLatin1String(line.key));
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    auto* name = new Label(line.name, TextStyle::Ui, ColorRole::Text, this);
    name->setWordWrap(true);
    name->setBuddy(control);
    auto* hint = new Label(line.hint, TextStyle::Caption, ColorRole::Muted, this);
    hint->setWordWrap(true);
    hint->setVisible(!line.hint.isEmpty());
    words->addWidget(name);
    words->addWidget(hint);
    control->setAccessibleName(line.name);
    control->setAccessibleDescription(line.hint);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kXl);
    row->addLayout(words, 1);
    row->addWidget(control, 0, Qt::AlignVCenter);
    body()->addLayout(row);
    return hint;
}

Label* SettingsSection::addWide(const Line& line, QWidget* control) {
    mark(control, QLatin1String(line.key));
    auto* column = new QVBoxLayout;
    column->setSpacing(space::kXs);
    column->addWidget(control);
    auto* hint = new Label(line.hint, TextStyle::Caption, ColorRole::Muted, this);
    hint->setWordWrap(true);
    hint->setVisible(!line.hint.isEmpty());
    column->addWidget(hint);
    body()->addLayout(column);
    return hint;
}

Label* SettingsSection::addText(const QString& text) {
    auto* label = new Label(text, TextStyle::Caption, ColorRole::Muted, this);
    label->setWordWrap(true);
    body()->addWidget(label);
    return label;
}

void SettingsSection::addHeading(const QString& text) {
    body()->addWidget(new Label(text, TextStyle::UiStrong, ColorRole::Text, this));
}

} // namespace hearth::ui
