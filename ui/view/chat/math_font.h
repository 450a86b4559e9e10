#pragma once

#include "view/chat/math_picture.h"

namespace hearth::ui {

enum class MathFace : std::uint8_t;

/// A glyph of a character in an alphabet at a size: Noto Sans Math (whose letters are those of
/// mathematics), Noto Serif for figures and words, and the theme's fonts where these are missing.
/// GUI thread.
struct MathGlyph {
    QRawFont font;
    quint32 index = 0;
    qreal advance = 0.0;
    QRectF bounds; ///< Of the ink; y downwards from the base line.
};
MathGlyph mathGlyph(char32_t character, MathFace face, qreal pixelSize);

/// Words in one line, with whatever fonts they need.
MathPicture mathWords(const QString& text, MathFace face, qreal pixelSize);

/// Height of the middle of a plus sign above the base line.
qreal mathAxis(qreal pixelSize);

} // namespace hearth::ui
