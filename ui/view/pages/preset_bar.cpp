#include "view/pages/preset_bar.h"

#include "state/settings.h"
#include "view/components/combo.h"
#include "view/components/icon_button.h"
#include "view/pages/hover_text.h"
#include "view/pages/name_prompt.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QMenu>
#include <QSignalBlocker>

#include <algorithm>

namespace hearth::ui {

namespace {

auto findPreset(const QList<Preset>& presets, const QString& name) {
    return std::find_if(presets.cbegin(), presets.cend(),
                        [&](const Preset& preset) { return preset.name == name; });
}

} // namespace

PresetBar::PresetBar(Settings& settings, QWidget* parent)
    : QWidget(parent)
    , m_settings(settings)
    , m_choice(new Combo(tr("Preset"), this))
    , m_more(new IconButton(Icon::More, tr("Save, rename or delete a preset"), this)) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kXs);
    layout->addWidget(m_choice, 1);
    layout->addWidget(m_more);
    m_choice->setMinimumContentsLength(1);
    setHoverText(*m_choice, tr("Sampling and system prompt under a name. The values of this chat "
                               "become those of the preset."));
    connect(m_choice, &QComboBox::activated, this, &PresetBar::choose);
    connect(m_more, &QAbstractButton::clicked, this, &PresetBar::openMenu);
    connect(&settings, &Settings::changed, this, &PresetBar::refresh);
    refresh();
}

void PresetBar::setSettings(const ChatSettings& settings) {
    m_shown = settings;
    refresh();
}

bool PresetBar::isAsIn(const ChatSettings& chat, const Preset& preset) {
    ChatSettings same = preset.settings;
    same.model = chat.model;
    same.preset = chat.preset;
    same.whenFull = chat.whenFull;
    same.probabilities = chat.probabilities;
    if (preset.settings.systemPrompt.isEmpty())
        same.systemPrompt = chat.systemPrompt;
    return same == chat;
}

ChatSettings PresetBar::applied(const Preset& values, const ChatSettings& chat,
                                const Preset* before) {
    ChatSettings result = values.settings;
    result.model = chat.model;
    result.preset = values.name;
    result.whenFull = chat.whenFull;
    result.probabilities = chat.probabilities;
    const bool isOwnPrompt =
        before == nullptr || before->settings.systemPrompt != chat.systemPrompt;
    if (result.systemPrompt.isEmpty() && isOwnPrompt)
        result.systemPrompt = chat.systemPrompt;
    return result;
}

const Preset* PresetBar::current() const {
    const auto found = findPreset(m_presets, m_shown.preset);
    return found == m_presets.cend() ? nullptr : &*found;
}

bool PresetBar::isOwn(const QString& name) const {
    const QList<Preset>& own = m_settings.values().presets;
    return findPreset(own, name) != own.cend();
}

void PresetBar::refresh() {
    m_presets = builtInPresets() + m_settings.values().presets;
    const QSignalBlocker quiet(m_choice);
    m_choice->clear();
    for (const Preset& preset : std::as_const(m_presets)) {
        const bool isChanged = preset.name == m_shown.preset && !isAsIn(m_shown, preset);
        const QString name = withoutControls(preset.name);
        m_choice->addItem(isChanged ? tr("%1 (changed)").arg(name) : name);
    }
    const Preset* shown = current();
    m_choice->setCurrentIndex(
        shown == nullptr ? -1 : static_cast<int>(shown - m_presets.constData()));
    m_choice->setPlaceholderText(tr("Own values"));
}

void PresetBar::choose(int row) {
    if (row >= 0 && row < m_presets.size())
        emit settingsChosen(applied(m_presets.at(row), m_shown, current()));
}

void PresetBar::openMenu() {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(themeIcon(Icon::Plus), tr("Save as a preset…"), this, &PresetBar::askToSave);
    if (const Preset* shown = current(); shown != nullptr && isOwn(shown->name)) {
        const QString name = shown->name;
        QAction* keep = menu->addAction(themeIcon(Icon::Check), tr("Save the changes"), this,
                                        [this, name] { save(name); });
        keep->setEnabled(!isAsIn(m_shown, *shown));
        menu->addAction(themeIcon(Icon::Edit), tr("Rename…"), this, &PresetBar::askToRename);
        menu->addSeparator();
        menu->addAction(themeIcon(Icon::Trash), tr("Delete"), this, [this, name] { remove(name); });
    }
    menu->popup(m_more->mapToGlobal(QPoint(0, m_more->height())));
}

void PresetBar::askToSave() {
    askForName(this, {tr("Save as a preset"), tr("Name"), tr("Save"), {}},
               [this](const QString& name) { save(isOwn(name) ? name : freeName(name)); });
}

void PresetBar::askToRename() {
    const QString from = m_shown.preset;
    askForName(this, {tr("Rename preset"), tr("Name"), tr("Rename"), from},
               [this, from](const QString& name) { rename(from, name); });
}

QString PresetBar::freeName(const QString& wanted) const {
    QString name = wanted;
    for (int number = 2; findPreset(m_presets, name) != m_presets.cend(); ++number)
        name = tr("%1 %2").arg(wanted, QString::number(number));
    return name;
}

void PresetBar::save(const QString& name) {
    Settings::Values values = m_settings.values();
    Preset preset{name, m_shown};
    preset.settings.model.clear();
    preset.settings.preset = name;
    const auto known = std::find_if(values.presets.begin(), values.presets.end(),
                                    [&](const Preset& own) { return own.name == name; });
    if (known != values.presets.end())
        *known = preset;
    else
        values.presets.append(preset);
    m_settings.set(values);
    ChatSettings settings = m_shown;
    settings.preset = name;
    emit settingsChosen(settings);
    emit told(tr("“%1” was saved").arg(withoutControls(name)));
}

void PresetBar::rename(const QString& from, const QString& to) {
    if (from == to)
        return;
    Settings::Values values = m_settings.values();
    const QString name = freeName(to);
    for (Preset& preset : values.presets)
        if (preset.name == from)
            preset.name = preset.settings.preset = name;
    m_settings.set(values);
    ChatSettings settings = m_shown;
    settings.preset = name;
    emit settingsChosen(settings);
}

void PresetBar::remove(const QString& name) {
    Settings::Values values = m_settings.values();
    values.presets.removeIf([&](const Preset& preset) { return preset.name == name; });
    m_settings.set(values);
    emit told(tr("“%1” was deleted").arg(withoutControls(name)));
}

} // namespace hearth::ui
