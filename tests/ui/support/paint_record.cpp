#include "ui/support/paint_record.h"

#include "view/theme/tokens.h"

#include <QApplication>
#include <QHash>
#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>
#include <QRegion>
#include <QTextItem>

#include <algorithm>
#include <cmath>

namespace hearth::test {
namespace {

/// Remembers which widget paints.
class PaintingWidget : public QObject {
public:
    PaintingWidget() { qApp->installEventFilter(this); }

    QWidget* current() const { return m_current; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Paint)
            m_current = qobject_cast<QWidget*>(watched);
        return false;
    }

private:
    QPointer<QWidget> m_current;
};

constexpr double kTextContrast = 4.5; // WCAG 2.1, 1.4.3 and 1.4.11
constexpr double kSignContrast = 3.0;
constexpr int kLargestGlyph = 40; ///< Logical pixels; larger pictures are drawings, not signs.

QColor commonest(const QImage& image, const QRect& rect) {
    QHash<QRgb, int> counts;
    const QRect area = rect & image.rect();
    for (int y = area.top(); y <= area.bottom(); ++y)
        for (int x = area.left(); x <= area.right(); ++x)
            ++counts[image.pixel(x, y)];
    QRgb best = qRgb(0, 0, 0);
    int most = 0;
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        if (it.value() > most) {
            most = it.value();
            best = it.key();
        }
    return QColor::fromRgb(best);
}

QColor over(const QColor& ground, QColor ink, qreal opacity) {
    const qreal alpha = ink.alphaF() * opacity;
    ink.setAlpha(255);
    return ui::blend(ground, ink, alpha);
}

/// The one colour of a picture, or an invalid one if it has several.
QColor onlyColor(const QPixmap& pixmap) {
    const QImage image = pixmap.toImage().convertToFormat(QImage::Format_ARGB32);
    QColor only;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QRgb pixel = image.pixel(x, y);
            if (qAlpha(pixel) < 255)
                continue;
            const QColor color = QColor::fromRgb(pixel);
            if (only.isValid() && only != color)
                return {};
            only = color;
        }
    return only;
}

class Recorder : public QPaintEngine {
public:
    Recorder(PaintRecord& record, const PaintingWidget& painting, qreal scale)
        : QPaintEngine(QPaintEngine::AllFeatures)
        , m_record(record)
        , m_painting(painting)
        , m_scale(scale) {}

    bool begin(QPaintDevice*) override { return m_painter.begin(&m_record.image); }
    bool end() override { return m_painter.end(); }
    Type type() const override { return QPaintEngine::User; }

    void updateState(const QPaintEngineState& now) override {
        const DirtyFlags dirty = now.state();
        m_transform = now.transform() * QTransform::fromScale(m_scale, m_scale);
        if (dirty & DirtyTransform)
            m_painter.setTransform(m_transform);
        if (dirty & DirtyPen)
            m_painter.setPen(now.pen());
        if (dirty & (DirtyBrush | DirtyBrushOrigin)) {
            m_painter.setBrush(now.brush());
            m_painter.setBrushOrigin(now.brushOrigin());
        }
        if (dirty & DirtyBackground)
            m_painter.setBackground(now.backgroundBrush());
        if (dirty & DirtyBackgroundMode)
            m_painter.setBackgroundMode(now.backgroundMode());
        if (dirty & DirtyFont)
            m_painter.setFont(now.font());
        if (dirty & DirtyOpacity)
            m_painter.setOpacity(now.opacity());
        if (dirty & DirtyHints) {
            m_painter.setRenderHints(m_painter.renderHints(), false);
            m_painter.setRenderHints(now.renderHints(), true);
        }
        if (dirty & DirtyCompositionMode)
            m_painter.setCompositionMode(now.compositionMode());
        if (dirty & DirtyClipEnabled)
            m_hasOwnClip = now.isClipEnabled();
        if (dirty & DirtyClipPath)
            clip(now.clipOperation(), now.clipPath());
        if (dirty & DirtyClipRegion) {
            QPainterPath path;
            path.addRegion(now.clipRegion());
            clip(now.clipOperation(), path);
        }
        m_system = QRegion(-1, -1, 1, 1); // To be looked at again.
    }

    void drawPath(const QPainterPath& path) override {
        applyClip();
        keepRing(path);
        m_painter.drawPath(path);
    }
    void drawRects(const QRectF* rects, int count) override {
        applyClip();
        m_painter.drawRects(rects, count);
    }
    void drawRects(const QRect* rects, int count) override {
        applyClip();
        m_painter.drawRects(rects, count);
    }
    void drawLines(const QLineF* lines, int count) override {
        applyClip();
        m_painter.drawLines(lines, count);
    }
    void drawEllipse(const QRectF& rect) override {
        applyClip();
        m_painter.drawEllipse(rect);
    }
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override {
        applyClip();
        if (mode == PolylineMode)
            m_painter.drawPolyline(points, count);
        else
            m_painter.drawPolygon(points, count,
                                  mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill);
    }
    void drawPixmap(const QRectF& rect, const QPixmap& pixmap, const QRectF& source) override {
        applyClip();
        keepGlyph(rect, pixmap);
        m_painter.drawPixmap(rect, pixmap, source);
    }
    void drawTiledPixmap(const QRectF& rect, const QPixmap& pixmap,
                         const QPointF& origin) override {
        applyClip();
        m_painter.drawTiledPixmap(rect, pixmap, origin);
    }
    void drawImage(const QRectF& rect, const QImage& image, const QRectF& source,
                   Qt::ImageConversionFlags flags) override {
        applyClip();
        m_painter.drawImage(rect, image, source, flags);
    }
    void drawTextItem(const QPointF& position, const QTextItem& item) override {
        applyClip();
        keepText(position, item);
        m_painter.drawTextItem(position, item);
    }

private:
    void clip(Qt::ClipOperation how, const QPainterPath& path) {
        const QPainterPath mapped = m_transform.map(path);
        m_ownClip = how == Qt::IntersectClip && m_hasOwnClip && !m_ownClip.isEmpty()
                        ? m_ownClip.intersected(mapped)
                        : mapped;
        m_hasOwnClip = how != Qt::NoClip;
    }

    /// What the widget may draw on changes without a word to the engine.
    void applyClip() {
        if (systemClip() == m_system)
            return;
        m_system = systemClip();
        m_painter.resetTransform();
        m_painter.setClipping(false);
        m_room = m_record.image.rect();
        if (!m_system.isEmpty()) {
            QPainterPath path;
            path.addRegion(m_system);
            path = QTransform::fromScale(m_scale, m_scale).map(path);
            m_painter.setClipPath(path);
            m_room = path.boundingRect();
        }
        if (m_hasOwnClip) {
            m_painter.setClipPath(m_ownClip,
                                  m_system.isEmpty() ? Qt::ReplaceClip : Qt::IntersectClip);
            m_room &= m_ownClip.boundingRect();
        }
        m_painter.setTransform(m_transform);
    }

    PaintedMark mark(PaintedMark::Kind kind, const QRectF& rect, const QColor& ink) const {
        PaintedMark kept;
        kept.kind = kind;
        kept.rect = m_transform.mapRect(rect);
        kept.room = m_room;
        kept.ground = commonest(m_record.image, (kept.rect & m_room).toAlignedRect());
        kept.ink = over(kept.ground, ink, m_painter.opacity());
        kept.widget = m_painting.current();
        kept.isEnabled = (!kept.widget || kept.widget->isEnabled()) && m_painter.opacity() > 0.99;
        return kept;
    }

    void keepText(const QPointF& position, const QTextItem& item) {
        if (item.text().trimmed().isEmpty())
            return;
        const QRectF rect(position.x(), position.y() - item.ascent(), item.width(),
                          item.ascent() + item.descent());
        if (!m_transform.mapRect(rect).intersects(m_room))
            return;
        PaintedMark kept = mark(PaintedMark::Kind::Text, rect, m_painter.pen().color());
        kept.text = item.text();
        m_record.marks.append(kept);
    }

    void keepGlyph(const QRectF& rect, const QPixmap& pixmap) {
        if (rect.width() > kLargestGlyph || rect.height() > kLargestGlyph)
            return;
        const QRectF seen = m_transform.mapRect(rect) & m_room & QRectF(m_record.image.rect());
        const QColor ink = seen.isEmpty() ? QColor() : onlyColor(pixmap);
        if (ink.isValid())
            m_record.marks.append(mark(PaintedMark::Kind::Glyph, rect, ink));
    }

    /// The focus ring: an empty shape with a thick line.
    void keepRing(const QPainterPath& path) {
        const QPen pen = m_painter.pen();
        if (pen.style() == Qt::NoPen || pen.widthF() < 2.0 ||
            m_painter.brush().style() != Qt::NoBrush || path.elementCount() < 8)
            return;
        const QRectF whole = path.boundingRect();
        // The ground beside the line, not the one it is drawn on: that is what it stands out from.
        const QRectF inside(whole.left() + pen.widthF(), whole.top() + pen.widthF(),
                            whole.width() - 2 * pen.widthF(), 2.0);
        m_record.marks.append(mark(PaintedMark::Kind::Ring, inside, pen.color()));
    }

    PaintRecord& m_record;
    const PaintingWidget& m_painting;
    const qreal m_scale;
    QPainter m_painter;
    QTransform m_transform;
    QPainterPath m_ownClip;
    QRegion m_system;
    bool m_hasOwnClip = false;
    QRectF m_room;
};

class RecordingDevice : public QPaintDevice {
public:
    RecordingDevice(PaintRecord& record, const PaintingWidget& painting, const QSize& size,
                    qreal scale)
        : m_size(size)
        , m_engine(record, painting, scale) {}

    QPaintEngine* paintEngine() const override { return &m_engine; }

protected:
    int metric(PaintDeviceMetric metric) const override {
        switch (metric) {
        case PdmWidth:
            return m_size.width();
        case PdmHeight:
            return m_size.height();
        case PdmDepth:
            return 32;
        case PdmDpiX:
        case PdmDpiY:
        case PdmPhysicalDpiX:
        case PdmPhysicalDpiY:
            return 96;
        case PdmDevicePixelRatio:
            return 1;
        default:
            return QPaintDevice::metric(metric);
        }
    }

private:
    QSize m_size;
    mutable Recorder m_engine;
};

} // namespace

double PaintedMark::contrast() const {
    return ui::contrastRatio(ink, ground);
}

QString PaintedMark::describe() const {
    return QStringLiteral("%1 \"%2\" %3 on %4 (%5:1) at %6,%7")
        .arg(QLatin1String(widget ? widget->metaObject()->className() : "?"), text, ink.name(),
             ground.name(), QString::number(contrast(), 'f', 2), QString::number(qRound(rect.x())),
             QString::number(qRound(rect.y())));
}

QStringList faintMarks(const PaintRecord& record) {
    QStringList faults;
    for (const PaintedMark& mark : record.marks)
        if (mark.isEnabled &&
            mark.contrast() <
                (mark.kind == PaintedMark::Kind::Text ? kTextContrast : kSignContrast))
            faults += QStringLiteral("faint: ") + mark.describe();
    faults.removeDuplicates();
    return faults;
}

PaintRecord recordPainting(QWidget& widget, qreal scale) {
    PaintRecord record;
    record.image = QImage((QSizeF(widget.size()) * scale).toSize(), QImage::Format_RGB32);
    record.image.fill(widget.palette().color(widget.backgroundRole()));
    const PaintingWidget painting;
    RecordingDevice device(record, painting, widget.size(), scale);
    widget.render(&device);
    return record;
}

} // namespace hearth::test
