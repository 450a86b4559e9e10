#include "view/pages/window_geometry.h"

#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QScreen>
#include <QWidget>

#include <algorithm>

namespace hearth::ui {

namespace {

bool isOnWayland() {
    return QGuiApplication::platformName().startsWith(QLatin1String("wayland"));
}

QRect rectFrom(const QJsonArray& array) {
    return {array[0].toInt(), array[1].toInt(), array[2].toInt(), array[3].toInt()};
}

/// The screen that holds most of the rectangle; the first one if none does.
QRect screenFor(const QRect& rect) {
    QRect best = QGuiApplication::primaryScreen()->availableGeometry();
    int most = 0;
    for (const QScreen* screen : QGuiApplication::screens()) {
        const QRect shared = screen->availableGeometry() & rect;
        if (shared.width() * shared.height() > most) {
            most = shared.width() * shared.height();
            best = screen->availableGeometry();
        }
    }
    return best;
}

/// Moved, and cut where it must be, to lie on the screen.
QRect within(QRect rect, const QRect& screen) {
    rect.setSize(rect.size().boundedTo(screen.size()));
    rect.moveLeft(std::clamp(rect.left(), screen.left(), screen.right() - rect.width() + 1));
    rect.moveTop(std::clamp(rect.top(), screen.top(), screen.bottom() - rect.height() + 1));
    return rect;
}

} // namespace

QByteArray savedWindow(const QWidget& window) {
    const bool isLarge = window.isMaximized() || window.isFullScreen();
    const QRect rect =
        isLarge && window.normalGeometry().isValid() ? window.normalGeometry() : window.geometry();
    const QJsonObject json{{"rect", QJsonArray{rect.x(), rect.y(), rect.width(), rect.height()}},
                           {"maximized", window.isMaximized()}};
    return QJsonDocument(json).toJson(QJsonDocument::Compact);
}

void restoreWindow(QWidget& window, const QByteArray& saved) {
    const QJsonObject json = QJsonDocument::fromJson(saved).object();
    const QRect rect = rectFrom(json["rect"].toArray());
    if (rect.width() <= 0 || rect.height() <= 0)
        return;
    const QRect screen = screenFor(rect);
    const QRect fitting =
        within(QRect(rect.topLeft(), rect.size().expandedTo(window.minimumSize())), screen);
    if (isOnWayland())
        window.resize(fitting.size());
    else
        window.setGeometry(fitting);
    if (json["maximized"].toBool())
        window.setWindowState(window.windowState() | Qt::WindowMaximized);
}

} // namespace hearth::ui
