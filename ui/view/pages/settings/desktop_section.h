#pragma once

#include "view/pages/settings/settings_section.h"

namespace hearth::ui {

/// How the window behaves among others.
class DesktopSection : public SettingsSection {
    Q_OBJECT

public:
    explicit DesktopSection(Settings& settings, QWidget* parent = nullptr);
};

} // namespace hearth::ui
