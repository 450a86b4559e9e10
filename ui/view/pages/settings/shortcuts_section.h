#pragma once

#include "view/pages/settings/settings_section.h"

namespace hearth::ui {

class Shortcuts;

/// Every action with its keys.
class ShortcutsSection : public SettingsSection {
    Q_OBJECT

public:
    explicit ShortcutsSection(Shortcuts& shortcuts, QWidget* parent = nullptr);
};

} // namespace hearth::ui
