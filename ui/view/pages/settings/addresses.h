#pragma once

#include <QString>

namespace hearth::ui {

enum class AddressKind { Hub, Proxy };

/// Why the text can't be such an address, as a sentence; empty if it can, or if it is blank.
[[nodiscard]] QString addressProblem(const QString& text, AddressKind kind);
/// As the settings keep it: without spaces and without a slash at the end.
[[nodiscard]] QString tidyAddress(const QString& text);

} // namespace hearth::ui
