#include "view/pages/settings/chats_section.h"

#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/field.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/switch.h"
#include "view/pages/settings/change.h"
#include "view/theme/paint.h"

#include <QBoxLayout>

#include <algorithm>

namespace hearth::ui {

namespace {

bool hasPreset(const QList<Preset>& presets, const QString& name) {
    return std::any_of(presets.begin(), presets.end(), [&](const Preset& preset) {
        return preset.name.compare(name, Qt::CaseInsensitive) == 0;
    });
}

} // namespace

ChatsSection::ChatsSection(Settings& settings, QWidget* parent)
    : SettingsSection(QStringLiteral("chats"), tr("Chats"), parent)
    , m_settings(settings)
    , m_presets(new QVBoxLayout) {
    auto* titles = new Switch({}, this);
    titles->setChecked(settings.values().automaticTitles);
    addLine({"titles", tr("Titles by the model"),
             tr("After the first reply the model names the chat, while it has nothing else to "
                "do.")},
            titles);
    connect(titles, &QAbstractButton::toggled, this, [this](bool on) {
        change(m_settings, [on](auto& values) { values.automaticTitles = on; });
    });
    addHeading(tr("Your presets"));
    m_presets->setSpacing(space::kXs);
    body()->addLayout(m_presets);
    connect(&settings, &Settings::changed, this, [this] {
        if (m_shown != m_settings.values().presets)
            refreshPresets();
    });
    refreshPresets();
}

void ChatsSection::refreshPresets() {
    while (QLayoutItem* item = m_presets->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    m_shown = m_settings.values().presets;
    for (const Preset& preset : m_shown)
        m_presets->addWidget(makePreset(preset));
    if (!m_shown.isEmpty())
        return;
    auto* none = new Label(tr("None yet. A chat's inspector keeps its system prompt and sampling "
                              "as a preset."),
                           TextStyle::Caption, ColorRole::Muted, this);
    none->setWordWrap(true);
    m_presets->addWidget(none);
}

QWidget* ChatsSection::makePreset(const Preset& preset) {
    const QString name = preset.name;
    const QString shown = withoutControls(name);
    auto* line = new QWidget(this);
    auto* label = new Label(shown, TextStyle::Ui, ColorRole::Text, line);
    label->setElided(true);
    auto* edit =
        new IconButton(Icon::Edit, tr("Rename “%1”").arg(shown), line, IconButton::Size::Small);
    auto* trash =
        new IconButton(Icon::Trash, tr("Delete “%1”").arg(shown), line, IconButton::Size::Small);
    mark(edit, QStringLiteral("rename/") + name);
    mark(trash, QStringLiteral("delete/") + name);
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kXs);
    row->addWidget(label, 1);
    row->addWidget(edit);
    row->addWidget(trash);
    connect(edit, &QAbstractButton::clicked, this, [this, name] { rename(name); });
    connect(trash, &QAbstractButton::clicked, this, [this, name] { remove(name); });
    return line;
}

void ChatsSection::rename(const QString& name) {
    auto* dialog = new Dialog(this, {tr("Rename the preset"), {}});
    auto* field = new Field(tr("Name"), dialog);
    field->setText(name);
    field->edit()->selectAll();
    dialog->body()->addWidget(field);
    dialog->addButton({tr("Cancel"), ButtonKind::Quiet});
    Button* const save = dialog->addButton({tr("Rename"), ButtonKind::Primary});
    const auto check = [this, field, save, name] {
        const QString wanted = field->text().simplified();
        const bool isTaken = wanted.compare(name, Qt::CaseInsensitive) != 0 &&
                             hasPreset(m_settings.values().presets + builtInPresets(), wanted);
        field->setError(isTaken ? tr("Another preset has this name.") : QString());
        save->setEnabled(!wanted.isEmpty() && !isTaken);
    };
    connect(field->edit(), &QLineEdit::textChanged, dialog, check);
    check();
    connect(dialog, &Dialog::finished, this, [this, field, name](int result) {
        if (result != 1)
            return;
        change(m_settings, [&](auto& values) {
            for (Preset& preset : values.presets)
                if (preset.name == name)
                    preset.name = field->text().simplified();
        });
    });
    dialog->open(field->edit());
}

void ChatsSection::remove(const QString& name) {
    const QList<Preset> before = m_settings.values().presets;
    change(m_settings, [&](auto& values) {
        values.presets.removeIf([&](const Preset& preset) { return preset.name == name; });
    });
    // The section may be gone by then, the settings are not.
    emit undoOffered(tr("“%1” was deleted").arg(withoutControls(name)),
                     [&settings = m_settings, before, name] {
                         change(settings, [&](auto& values) {
                             for (const Preset& preset : before)
                                 if (preset.name == name && !hasPreset(values.presets, name))
                                     values.presets += preset;
                         });
                     },
                     {});
}

} // namespace hearth::ui
