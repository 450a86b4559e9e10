#pragma once

#include "view/chat/math_picture.h"

namespace hearth::ui {

/// A fence at least `height` tall, its middle on the axis; a font's glyph where that is tall
/// enough, else drawn. Empty text: an empty picture.
MathPicture mathFencePicture(const QString& fence, qreal height, qreal pixelSize);

/// An accent by its name ("hat", "overrightarrow", "underbrace"), its bottom (top where it stands
/// below) at y = 0, from x = 0 to width.
MathPicture mathAccentPicture(const QString& name, qreal width, qreal pixelSize);

/// An arrow from x = 0 to width, on y = 0.
MathPicture mathArrowPicture(bool toLeft, qreal width, qreal pixelSize);

/// The sign of a root around a box of a width, ascent and descent (room included); the box goes to
/// x = insetLeft.
MathPicture mathRootPicture(qreal width, qreal ascent, qreal descent, qreal pixelSize,
                            qreal& insetLeft);

/// Thickness of fraction bars and the like.
qreal mathRule(qreal pixelSize);

} // namespace hearth::ui
