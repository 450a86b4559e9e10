#include "view/theme/tokens.h"

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

Tokens makeLight() {
    Tokens t;
    t.dark = false;
    t.canvas = QColor(0xFA, 0xF8, 0xF5);
    t.surface = QColor(0xFF, 0xFF, 0xFF);
    t.sunken = QColor(0xF1, 0xED, 0xE6);
    t.border = QColor(0xE4, 0xDD, 0xD2);
    t.borderStrong = QColor(0x8A, 0x81, 0x75);
    t.text = QColor(0x1F, 0x1B, 0x16);
    t.muted = QColor(0x66, 0x5E, 0x53);
    t.accent = QColor(0xB5, 0x47, 0x0D);
    t.onAccent = QColor(0xFF, 0xFF, 0xFF);
    t.ok = QColor(0x1F, 0x7A, 0x45);
    t.warn = QColor(0x8A, 0x5A, 0x00);
    t.error = QColor(0xB3, 0x26, 0x1E);
    t.series2 = QColor(0x2A, 0x6F, 0x97);
    t.series3 = QColor(0x6D, 0x4F, 0xA3);
    return t;
}

Tokens makeDark() {
    Tokens t;
    t.dark = true;
    t.canvas = QColor(0x16, 0x14, 0x12);
    t.surface = QColor(0x1F, 0x1C, 0x19);
    t.sunken = QColor(0x10, 0x0E, 0x0D);
    t.border = QColor(0x35, 0x30, 0x2A);
    t.borderStrong = QColor(0x7D, 0x74, 0x68);
    t.text = QColor(0xEF, 0xE9, 0xE1);
    t.muted = QColor(0xAD, 0xA3, 0x96);
    t.accent = QColor(0xF2, 0x8C, 0x50);
    t.onAccent = QColor(0x1F, 0x12, 0x06);
    t.ok = QColor(0x63, 0xCB, 0x8F);
    t.warn = QColor(0xE6, 0xB6, 0x57);
    t.error = QColor(0xFF, 0x8B, 0x7D);
    t.series2 = QColor(0x74, 0xB7, 0xDC);
    t.series3 = QColor(0xB9, 0xA0, 0xF0);
    return t;
}

double luminance(const QColor& color) {
    const auto channel = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF()) +
           0.0722 * channel(color.blueF());
}

QColor withAlpha(QColor color, qreal alpha) {
    color.setAlphaF(static_cast<float>(alpha));
    return color;
}

} // namespace

QColor Tokens::color(ColorRole role) const {
    switch (role) {
    case ColorRole::Canvas:
        return canvas;
    case ColorRole::Surface:
        return surface;
    case ColorRole::Sunken:
        return sunken;
    case ColorRole::Border:
        return border;
    case ColorRole::BorderStrong:
        return borderStrong;
    case ColorRole::Text:
        return text;
    case ColorRole::Muted:
        return muted;
    case ColorRole::Accent:
        return accent;
    case ColorRole::OnAccent:
        return onAccent;
    case ColorRole::Ok:
        return ok;
    case ColorRole::Warn:
        return warn;
    case ColorRole::Error:
        return error;
    case ColorRole::Series2:
        return series2;
    case ColorRole::Series3:
        return series3;
    }
    return text;
}

QColor Tokens::wash(qreal strength) const {
    return withAlpha(text, (dark ? 0.065 : 0.05) * strength);
}

QColor Tokens::selection() const {
    return withAlpha(accent, dark ? 0.32 : 0.2);
}

QColor Tokens::tint(const QColor& meaning) const {
    return blend(surface, meaning, dark ? 0.12 : 0.07);
}

QColor Tokens::accentAt(qreal strength) const {
    return blend(accent, dark ? QColor(Qt::white) : QColor(Qt::black), 0.08 * strength);
}

QColor Tokens::shadow() const {
    return withAlpha(QColor(Qt::black), dark ? 0.5 : 0.16);
}

QColor Tokens::scrim() const {
    return withAlpha(QColor(Qt::black), dark ? 0.6 : 0.38);
}

const Tokens& lightTokens() {
    static const Tokens tokens = makeLight();
    return tokens;
}

const Tokens& darkTokens() {
    static const Tokens tokens = makeDark();
    return tokens;
}

double contrastRatio(const QColor& a, const QColor& b) {
    const auto [low, high] = std::minmax({luminance(a), luminance(b)});
    return (high + 0.05) / (low + 0.05);
}

QColor blend(const QColor& from, const QColor& to, qreal share) {
    const auto mix = [share](float a, float b) { return static_cast<float>(a + (b - a) * share); };
    return QColor::fromRgbF(mix(from.redF(), to.redF()), mix(from.greenF(), to.greenF()),
                            mix(from.blueF(), to.blueF()), mix(from.alphaF(), to.alphaF()));
}

} // namespace hearth::ui
