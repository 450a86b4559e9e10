#pragma once

#include "view/theme/metrics.h"

#include <QColor>
#include <QMargins>
#include <QPainter>
#include <QRectF>
#include <QString>

class QStyleOption;
class QTextLayout;
class QWidget;

namespace hearth::ui {

/// How strongly what can't be used is drawn.
inline constexpr qreal kDisabledOpacity = 0.5;

enum class Look { Normal, Focused };

/// Fills a rounded rectangle and strokes its border inside the rectangle, on whole device pixels.
/// An invalid colour leaves that part out.
void paintPanel(QPainter& painter, const QRectF& rect, qreal cornerRadius, const QColor& fill,
                const QColor& border = QColor(), qreal borderWidth = 1.0);

/// The 2 px accent ring, just inside the rectangle.
void paintFocusRing(QPainter& painter, const QRectF& rect, qreal cornerRadius);

/// The ring of a control; on the accent ground it stands inside, in the colour of what is written
/// there.
void paintControlRing(QPainter& painter, const QRectF& rect, bool isOnAccent);

/// True where the keyboard (not a click) brought the focus here.
bool showsFocusRing(const QWidget& widget);
/// The same for what the style draws; the widget may be null.
bool showsFocusRing(const QStyleOption& option, const QWidget* widget);

/// Draws a widget as if it had the focus of the keyboard: for the gallery.
void poseFocused(QWidget& widget);
bool isPosedFocused(const QWidget* widget);

/// The rounded surface that the composer is written on.
void paintComposer(QPainter& painter, const QRectF& rect, Look look);

/// A soft shadow around a popover whose body is rect.
void paintShadow(QPainter& painter, const QRectF& rect, qreal cornerRadius);

/// Room that paintShadow needs around the body.
QMargins shadowMargins();

/// Draws text of a style in one line, elided at the right, centred on the style's line height.
void paintText(QPainter& painter, const QRectF& rect, TextStyle style, const QColor& color,
               const QString& text, Qt::Alignment alignment = Qt::AlignLeft | Qt::AlignVCenter);

/// Breaks text of a style into lines of the style's height, from (0, 0) down; returns the height of
/// all. `alignment`: horizontal only.
int breakLines(QTextLayout& lines, const QString& text, TextStyle style, qreal width,
               Qt::Alignment alignment = Qt::AlignLeft);

/// Control characters and bidirectional overrides made visible or removed, so that names, code and
/// what is copied from them cannot deceive: C0 controls become their Unicode pictures (ESC:
/// U+241B), U+202A..202E, U+2066..2069 and U+200E/F go. Tab and line feed stay.
QString withoutControls(const QString& text);

/// A tooltip that shows the text as it is: Qt takes one that looks like markup for markup.
QString plainToolTip(const QString& text);

/// The space between a number and its unit made a no-break space: "9.4 GB" is never torn apart at
/// the end of a line. Only a space after a digit and before a letter, ° or % changes.
QString withJoinedUnits(QString text);

} // namespace hearth::ui
