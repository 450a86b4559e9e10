#pragma once

#include "state/settings.h"

namespace hearth::ui {

/// Sets the settings with what `edit` makes of their values.
template<typename Edit>
void change(Settings& settings, const Edit& edit) {
    Settings::Values values = settings.values();
    edit(values);
    settings.set(values);
}

} // namespace hearth::ui
