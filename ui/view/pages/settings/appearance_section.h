#pragma once

#include "view/pages/settings/settings_section.h"

namespace hearth::ui {

/// Theme, language, size of the text, motion; all at once.
class AppearanceSection : public SettingsSection {
    Q_OBJECT

public:
    explicit AppearanceSection(Settings& settings, QWidget* parent = nullptr);

private:
    void addTheme();
    void addLanguage();
    void addTextSize();
    void addMotion();

    Settings& m_settings;
};

} // namespace hearth::ui
