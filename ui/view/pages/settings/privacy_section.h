#pragma once

#include "view/pages/settings/settings_section.h"

namespace hearth::ui {

/// What leaves the computer.
class PrivacySection : public SettingsSection {
    Q_OBJECT

public:
    explicit PrivacySection(Settings& settings, QWidget* parent = nullptr);
};

} // namespace hearth::ui
