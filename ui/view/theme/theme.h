#pragma once

#include "view/theme/metrics.h"
#include "view/theme/tokens.h"

#include <QFont>
#include <QObject>
#include <QPalette>

class QApplication;

namespace hearth::ui {

enum class DesktopScheme;

enum class ThemeMode { System, Light, Dark };
enum class MotionMode { System, Full, Reduced };

/// The look in force: colours, fonts, motion. One a program, GUI thread only.
/// Widgets read current() when they paint and listen to changed() for what they have cached.
class Theme : public QObject {
    Q_OBJECT

public:
    /// Made on first use; needs a QApplication.
    static Theme& current();

    /// Registers the embedded fonts and sets style, palette and font of the application. Call once,
    /// before the first widget.
    static void install(QApplication& application);

    /// System follows the desktop's preference (settings portal, else the platform's palette).
    void setMode(ThemeMode mode);
    ThemeMode mode() const { return m_mode; }
    bool isDark() const { return tokens().dark; }
    const Tokens& tokens() const;
    QColor color(ColorRole role) const { return tokens().color(role); }

    /// 0.8 to 1.6; the size slider and Ctrl+±. Other values are clamped.
    void setTextScale(double scale);
    double textScale() const { return m_textScale; }
    QFont font(TextStyle style) const;
    /// Distance between two base lines, logical pixels, scaled.
    int lineHeight(TextStyle style) const;

    /// System follows the desktop; the others override it.
    void setMotion(MotionMode choice);
    MotionMode motionMode() const { return m_motion; }
    bool reducedMotion() const {
        return m_motion == MotionMode::System ? m_desktopReducedMotion
                                                : m_motion == MotionMode::Reduced;
    }
    /// For what knows only two: reduced, or as the desktop says.
    void setReducedMotion(bool reduced) {
        setMotion(reduced ? MotionMode::Reduced : MotionMode::System);
    }
    /// milliseconds, or 0 where motion is reduced.
    int motion(int milliseconds) const { return reducedMotion() ? 0 : milliseconds; }

    QPalette palette() const;

signals:
    void changed();

private:
    explicit Theme(QObject* parent);
    void applyToApplication();
    void setDesktopScheme(DesktopScheme scheme);
    void setDesktopReducedMotion(bool reduced);

    ThemeMode m_mode = ThemeMode::System;
    double m_textScale = 1.0;
    bool m_installed = false;
    bool m_platformDark = false; ///< Where the desktop has no preference.
    bool m_desktopDark = false;
    MotionMode m_motion = MotionMode::System;
    bool m_desktopReducedMotion = false;
};

} // namespace hearth::ui
