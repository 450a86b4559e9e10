#pragma once

#include <QPainter>
#include <QRectF>
#include <QString>

namespace hearth::ui {

/// The line above a code block: the language's name at the left, the copy button at the right.
/// Painted, so that a virtualised view pays for it only while it is seen.
struct CodeHeader {
    enum class Copy { Rest, Hovered, Pressed, Copied };

    QString language; ///< As written by the author; shown as plain text.
    Copy copy = Copy::Rest;

    static int height();
    /// Where a press copies, in the coordinates of rect.
    static QRectF copyRect(const QRectF& rect);
    void paint(QPainter& painter, const QRectF& rect) const;
};

} // namespace hearth::ui
