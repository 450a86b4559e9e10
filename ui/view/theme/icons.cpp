#include "view/theme/icons.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <array>

namespace hearth::ui {
namespace {

constexpr std::array kFiles{
    "chats",      "models",       "quantize",      "monitor",      "server",
    "settings",   "plus",         "search",        "send",         "stop",
    "copy",       "check",        "refresh",       "edit",         "trash",
    "close",      "chevron-down", "chevron-right", "chevron-left", "chevron-up",
    "arrow-down", "sidebar",      "inspector",     "thought",      "warning",
    "info",       "error",        "more",          "download",     "folder",
    "branch",     "link",         "sun",           "moon",         "archive",
    "pin",        "keyboard",     "minus",         "tag",          "archive-restore",
    "fork",       "continue",     "attach",        "file-text",    "globe",
    "bell",       "shield",       "cpu",           "gpu",          "disk",
    "sliders",    "history",      "eye",           "eye-off",      "import",
    "export",     "star",         "play",          "pause",        "undo",
    "external",   "bolt",         "memory",
};
static_assert(kFiles.size() == static_cast<std::size_t>(Icon::Count_));

QByteArray drawing(const char* name) {
    QFile file(QStringLiteral(":/icons/%1.svg").arg(QLatin1String(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QPixmap rendered(const QByteArray& svg, const QSize& devicePixels) {
    QPixmap pixmap(devicePixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    QSvgRenderer(svg).render(&painter);
    return pixmap;
}

/// Looks the colour up when it paints, so that a set icon follows the theme.
class TokenIconEngine : public QIconEngine {
public:
    TokenIconEngine(Icon which, ColorRole role)
        : m_which(which)
        , m_role(role) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const qreal ratio = painter->device()->devicePixelRatioF();
        const int side = qMin(rect.width(), rect.height());
        QRect square(0, 0, side, side);
        square.moveCenter(rect.center());
        painter->save();
        if (mode == QIcon::Disabled)
            painter->setOpacity(painter->opacity() * kDisabledOpacity);
        painter->drawPixmap(square, iconPixmap(m_which, color(), side, ratio));
        painter->restore();
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        return scaledPixmap(size, mode, state, 1.0);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }

    QIconEngine* clone() const override { return new TokenIconEngine(*this); }

private:
    QColor color() const { return Theme::current().color(m_role); }

    Icon m_which;
    ColorRole m_role;
};

} // namespace

QIcon themeIcon(Icon which, ColorRole role) {
    return QIcon(new TokenIconEngine(which, role));
}

QPixmap iconPixmap(Icon which, const QColor& color, int side, qreal devicePixelRatio) {
    const int devicePixels = qMax(1, qRound(side * devicePixelRatio));
    const char* name = kFiles.at(static_cast<std::size_t>(which));
    const QString key = QStringLiteral("hearth-icon/%1/%2/%3")
                            .arg(QLatin1String(name))
                            .arg(color.rgba())
                            .arg(devicePixels);
    QPixmap pixmap;
    if (!QPixmapCache::find(key, &pixmap)) {
        QByteArray svg = drawing(name);
        svg.replace("currentColor", color.name().toLatin1());
        pixmap = rendered(svg, QSize(devicePixels, devicePixels));
        QPixmapCache::insert(key, pixmap);
    }
    pixmap.setDevicePixelRatio(devicePixelRatio);
    return pixmap;
}

QIcon applicationIcon() {
    const QByteArray svg = drawing("hearth");
    QIcon icon;
    for (const int side : {16, 24, 32, 48, 64, 128, 256})
        icon.addPixmap(rendered(svg, QSize(side, side)));
    return icon;
}

} // namespace hearth::ui
