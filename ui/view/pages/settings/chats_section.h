#pragma once

#include "state/settings.h"
#include "view/pages/settings/settings_section.h"

#include <functional>

class QVBoxLayout;

namespace hearth::ui {

/// What holds for every chat: titles, and the person's presets.
class ChatsSection : public SettingsSection {
    Q_OBJECT

public:
    explicit ChatsSection(Settings& settings, QWidget* parent = nullptr);

signals:
    void undoOffered(const QString& text, const std::function<void()>& undo,
                     const std::function<void()>& expired);

private:
    void refreshPresets();
    QWidget* makePreset(const Preset& preset);
    void rename(const QString& name);
    void remove(const QString& name);

    Settings& m_settings;
    QVBoxLayout* m_presets;
    QList<Preset> m_shown;
};

} // namespace hearth::ui
