#include "view/theme/theme.h"

#include "view/theme/desktop_preferences.h"
#include "view/theme/fonts.h"
#include "view/theme/hearth_style.h"
#include "view/theme/icons.h"

#include <QApplication>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr double kMinimumTextScale = 0.8;
constexpr double kMaximumTextScale = 1.6;

} // namespace

Theme& Theme::current() {
    static Theme* theme = nullptr;
    static QObject* owner = nullptr;
    if (!theme || owner != qApp) {
        owner = qApp;
        theme = new Theme(qApp);
        QObject::connect(theme, &QObject::destroyed, [] { theme = nullptr; });
    }
    return *theme;
}

void Theme::install(QApplication& application) {
    registerFonts();
    Theme& theme = current();
    theme.m_platformDark = application.palette().color(QPalette::Window).lightnessF() < 0.5F;
    theme.m_desktopDark = theme.m_platformDark;
    application.setStyle(new HearthStyle);
    application.setWindowIcon(applicationIcon());
    theme.m_installed = true;
    theme.applyToApplication();
    auto* desktop = new DesktopPreferences(&theme);
    connect(desktop, &DesktopPreferences::schemePreferred, &theme, &Theme::setDesktopScheme);
    connect(desktop, &DesktopPreferences::reducedMotionPreferred, &theme,
            &Theme::setDesktopReducedMotion);
    desktop->ask();
}

Theme::Theme(QObject* parent)
    : QObject(parent) {
}

void Theme::setMode(ThemeMode mode) {
    if (mode == m_mode)
        return;
    m_mode = mode;
    applyToApplication();
}

const Tokens& Theme::tokens() const {
    const bool dark = m_mode == ThemeMode::System ? m_desktopDark : m_mode == ThemeMode::Dark;
    return dark ? darkTokens() : lightTokens();
}

void Theme::setTextScale(double scale) {
    if (!std::isfinite(scale))
        return;
    scale = std::clamp(scale, kMinimumTextScale, kMaximumTextScale);
    if (qFuzzyCompare(scale, m_textScale))
        return;
    m_textScale = scale;
    applyToApplication();
}

QFont Theme::font(TextStyle style) const {
    return styleFont(style, m_textScale);
}

int Theme::lineHeight(TextStyle style) const {
    return styleLineHeight(style, m_textScale);
}

void Theme::setMotion(MotionMode choice) {
    const bool before = reducedMotion();
    m_motion = choice;
    if (before != reducedMotion())
        emit changed();
}

QPalette Theme::palette() const {
    const Tokens& t = tokens();
    QPalette palette;
    palette.setColor(QPalette::Window, t.canvas);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.surface);
    palette.setColor(QPalette::AlternateBase, t.sunken);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::Button, t.surface);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.onAccent);
    palette.setColor(QPalette::ToolTipBase, t.surface);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::PlaceholderText, t.muted);
    palette.setColor(QPalette::Highlight, blend(t.surface, t.accent, t.dark ? 0.32 : 0.2));
    palette.setColor(QPalette::HighlightedText, t.text);
    palette.setColor(QPalette::Link, t.accent);
    palette.setColor(QPalette::LinkVisited, t.accent);
    palette.setColor(QPalette::Light, t.surface);
    palette.setColor(QPalette::Midlight, t.border);
    palette.setColor(QPalette::Mid, t.border);
    palette.setColor(QPalette::Dark, t.borderStrong);
    palette.setColor(QPalette::Shadow, t.borderStrong);
    const QColor faint = blend(t.surface, t.text, 0.45);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, faint);
    return palette;
}

void Theme::applyToApplication() {
    if (m_installed) {
        QApplication::setPalette(palette());
        QApplication::setFont(font(TextStyle::Ui));
    }
    emit changed();
}

void Theme::setDesktopScheme(DesktopScheme scheme) {
    const bool dark =
        scheme == DesktopScheme::NoPreference ? m_platformDark : scheme == DesktopScheme::Dark;
    if (dark == m_desktopDark)
        return;
    m_desktopDark = dark;
    if (m_mode == ThemeMode::System)
        applyToApplication();
}

void Theme::setDesktopReducedMotion(bool reduced) {
    const bool before = reducedMotion();
    m_desktopReducedMotion = reduced;
    if (before != reducedMotion())
        emit changed();
}

} // namespace hearth::ui
