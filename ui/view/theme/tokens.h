#pragma once

#include <QColor>

namespace hearth::ui {

/// What a colour is for. Every colour of the window is one of these.
enum class ColorRole {
    Canvas,
    Surface,
    Sunken,
    Border,
    BorderStrong,
    Text,
    Muted,
    Accent,
    OnAccent,
    Ok,
    Warn,
    Error,
    Series2,
    Series3,
};

/// The colours of one theme. Text colours (text, muted, accent, ok, warn, error, series) reach a
/// contrast of 4.5:1 on canvas, surface and sunken; borderStrong reaches 3:1.
struct Tokens {
    bool dark = false;
    QColor canvas, surface, sunken;
    QColor border, borderStrong;
    QColor text, muted;
    QColor accent, onAccent;
    QColor ok, warn, error;
    QColor series2, series3;

    QColor color(ColorRole role) const;

    /// The ground under a control: 0 at rest, 1 hovered, 2 pressed; laid over what is there.
    QColor wash(qreal strength) const;
    QColor selection() const;                 ///< Behind selected text; text stays readable on it.
    QColor tint(const QColor& meaning) const; ///< A quiet ground in the colour's meaning.
    QColor accentAt(qreal strength) const;    ///< accent at rest (0), hovered (1), pressed (2).
    QColor shadow() const;                    ///< Popovers only.
    QColor scrim() const;                     ///< Over the page behind a dialog.
};

const Tokens& lightTokens();
const Tokens& darkTokens();

/// WCAG 2.1 contrast ratio of two opaque colours, 1 to 21.
double contrastRatio(const QColor& a, const QColor& b);

/// Colour between two others; share 0 gives from, 1 gives to.
QColor blend(const QColor& from, const QColor& to, qreal share);

} // namespace hearth::ui
