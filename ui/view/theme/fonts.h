#pragma once

#include "view/theme/metrics.h"

#include <QFont>

namespace hearth::ui {

/// Registers the fonts that were embedded at build. Once, after the QApplication.
void registerFonts();

/// The style's font at a text scale. Families are named in full, Simplified Chinese before any
/// fallback of the system's, which would choose Japanese glyphs.
QFont styleFont(TextStyle style, double textScale);

/// Line height of a style at a text scale, logical pixels.
int styleLineHeight(TextStyle style, double textScale);

} // namespace hearth::ui
