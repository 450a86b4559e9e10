#pragma once

namespace hearth::ui {

/// Tells screen readers what the components are that Qt does not know: roles, states, values and
/// what can be done with them. Their constructors call it; once is enough.
void registerAccessibleComponents();

} // namespace hearth::ui
