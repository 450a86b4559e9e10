#include "view/chat/math_shapes.h"

#include "view/chat/math_font.h"
#include "view/chat/math_node.h"

#include <QHash>

namespace hearth::ui {
namespace {

/// Outlines of fences in a unit square, x to the right and y down; drawn as lines.
QPainterPath fencePath(QChar fence, const QRectF& box) {
    QPainterPath path;
    const auto at = [&](qreal x, qreal y) {
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height());
    };
    switch (fence.unicode()) {
    case u'[':
    case u'⌊':
    case u'⌈':
        path.moveTo(fence == u'⌊' ? at(0.2, 0) : at(1, 0));
        if (fence != u'⌊')
            path.lineTo(at(0.2, 0));
        path.lineTo(at(0.2, 1));
        if (fence != u'⌈')
            path.lineTo(at(1, 1));
        break;
    case u']':
    case u'⌋':
    case u'⌉':
        path.moveTo(fence == u'⌋' ? at(0.8, 0) : at(0, 0));
        if (fence != u'⌋')
            path.lineTo(at(0.8, 0));
        path.lineTo(at(0.8, 1));
        if (fence != u'⌉')
            path.lineTo(at(0, 1));
        break;
    case u'|':
        path.moveTo(at(0.5, 0));
        path.lineTo(at(0.5, 1));
        break;
    case u'‖':
        path.moveTo(at(0.25, 0));
        path.lineTo(at(0.25, 1));
        path.moveTo(at(0.75, 0));
        path.lineTo(at(0.75, 1));
        break;
    case u'⟨':
        path.moveTo(at(0.9, 0));
        path.lineTo(at(0.15, 0.5));
        path.lineTo(at(0.9, 1));
        break;
    case u'⟩':
        path.moveTo(at(0.1, 0));
        path.lineTo(at(0.85, 0.5));
        path.lineTo(at(0.1, 1));
        break;
    case u'/':
        path.moveTo(at(1, 0));
        path.lineTo(at(0, 1));
        break;
    case u'\\':
        path.moveTo(at(0, 0));
        path.lineTo(at(1, 1));
        break;
    default:
        break;
    }
    return path;
}

/// A parenthesis: a crescent, thicker at its middle.
QPainterPath parenthesis(const QRectF& box, bool opens, qreal rule) {
    QPainterPath path;
    const qreal thick = rule * 1.9;
    const qreal tip = rule * 0.35;
    const qreal out = box.left();
    const qreal in = box.right() - tip;
    const qreal bend = qMin(box.height() * 0.3, box.width() * 2.2);
    path.moveTo(in, box.top());
    path.cubicTo(out + rule, box.top() + bend * 0.8, out, box.center().y() - bend * 0.8, out,
                 box.center().y());
    path.cubicTo(out, box.center().y() + bend * 0.8, out + rule, box.bottom() - bend * 0.8, in,
                 box.bottom());
    path.lineTo(in + tip, box.bottom() - tip);
    path.cubicTo(out + rule + thick, box.bottom() - bend, out + thick,
                 box.center().y() + bend * 0.8, out + thick, box.center().y());
    path.cubicTo(out + thick, box.center().y() - bend * 0.8, out + rule + thick, box.top() + bend,
                 in + tip, box.top() + tip);
    path.closeSubpath();
    if (opens)
        return path;
    QTransform mirror;
    mirror.translate(2 * box.center().x(), 0);
    mirror.scale(-1, 1);
    return mirror.map(path);
}

/// A brace that stands, its tip to the left.
QPainterPath brace(const QRectF& box, bool opens) {
    QPainterPath path;
    const qreal middle = box.center().x();
    const qreal r = qMin(box.width() * 0.9, box.height() / 4);
    path.moveTo(box.right(), box.top());
    path.quadTo(middle, box.top(), middle, box.top() + r);
    path.lineTo(middle, box.center().y() - r);
    path.quadTo(middle, box.center().y(), box.left(), box.center().y());
    path.quadTo(middle, box.center().y(), middle, box.center().y() + r);
    path.lineTo(middle, box.bottom() - r);
    path.quadTo(middle, box.bottom(), box.right(), box.bottom());
    if (opens)
        return path;
    QTransform mirror;
    mirror.translate(2 * middle, 0);
    mirror.scale(-1, 1);
    return mirror.map(path);
}

void addArrowHead(QPainterPath& path, const QPointF& tip, qreal side, int direction) {
    path.moveTo(tip + QPointF(-side * direction, -side * 0.75));
    path.lineTo(tip);
    path.lineTo(tip + QPointF(-side * direction, side * 0.75));
}

qreal fenceWidth(QChar fence, qreal height, qreal em) {
    switch (fence.unicode()) {
    case u'|':
        return 0.28 * em;
    case u'‖':
        return 0.36 * em;
    case u'{':
    case u'}':
        return qMin(0.5 * em, 0.3 * em + height * 0.04);
    case u'/':
    case u'\\':
        return height * 0.45;
    default:
        return qMin(0.55 * em, 0.26 * em + height * 0.05);
    }
}

} // namespace

qreal mathRule(qreal pixelSize) {
    return qMax(1.0, pixelSize * 0.06);
}

MathPicture mathFencePicture(const QString& fence, qreal height, qreal pixelSize) {
    MathPicture picture;
    if (fence.isEmpty())
        return picture;
    const QChar kind = fence.front();
    const MathGlyph glyph = mathGlyph(kind.unicode(), MathFace::Upright, pixelSize);
    const qreal axis = mathAxis(pixelSize);
    static const QString kDrawn = QStringLiteral("()[]{}⌊⌋⌈⌉|‖⟨⟩/\\");
    if (glyph.bounds.height() >= height || !kDrawn.contains(kind)) {
        // The glyph's own middle goes onto the axis, as that of a drawn one does.
        const qreal drop = -axis - glyph.bounds.center().y();
        picture.width = glyph.advance;
        picture.ascent = -(glyph.bounds.top() + drop);
        picture.descent = glyph.bounds.bottom() + drop;
        picture.glyphs.push_back({glyph.font, glyph.index, QPointF(0, drop)});
        return picture;
    }
    const qreal rule = mathRule(pixelSize);
    const qreal side = pixelSize * 0.09;
    const QRectF box(side, -axis - height / 2, fenceWidth(kind, height, pixelSize), height);
    if (kind == u'(' || kind == u')')
        picture.strokes.push_back({parenthesis(box, kind == u'(', rule), 0.0});
    else if (kind == u'{' || kind == u'}')
        picture.strokes.push_back({brace(box, kind == u'{'), rule * 1.15});
    else
        picture.strokes.push_back({fencePath(kind, box), rule});
    picture.width = box.width() + 2 * side;
    picture.ascent = axis + height / 2;
    picture.descent = height / 2 - axis;
    return picture;
}

MathPicture mathArrowPicture(bool toLeft, qreal width, qreal pixelSize) {
    MathPicture picture;
    QPainterPath path;
    path.moveTo(0, 0);
    path.lineTo(width, 0);
    addArrowHead(path, {toLeft ? 0 : width, 0}, pixelSize * 0.2, toLeft ? -1 : 1);
    picture.strokes.push_back({path, mathRule(pixelSize)});
    picture.width = width;
    picture.ascent = picture.descent = pixelSize * 0.16;
    return picture;
}

MathPicture mathAccentPicture(const QString& name, qreal width, qreal pixelSize) {
    MathPicture picture;
    const qreal rule = mathRule(pixelSize);
    const qreal height = pixelSize * 0.17;
    const qreal middle = width / 2;
    const qreal half = qMin(width / 2, pixelSize * 0.2);
    QPainterPath path;
    qreal stroke = rule;
    picture.width = width;
    picture.ascent = height;
    if (name == QLatin1String("hat") || name == QLatin1String("widehat") ||
        name == QLatin1String("check")) {
        const qreal reach = name == QLatin1String("widehat") ? width / 2 : half;
        const bool down = name == QLatin1String("check");
        path.moveTo(middle - reach, down ? -height : 0);
        path.lineTo(middle, down ? 0 : -height);
        path.lineTo(middle + reach, down ? -height : 0);
    } else if (name == QLatin1String("tilde") || name == QLatin1String("widetilde")) {
        const qreal reach = name == QLatin1String("widetilde") ? width / 2 : half * 1.1;
        path.moveTo(middle - reach, 0);
        path.cubicTo(middle - reach * 0.4, -height * 1.7, middle + reach * 0.4, height * 0.7,
                     middle + reach, -height);
    } else if (name == QLatin1String("acute") || name == QLatin1String("grave")) {
        const qreal lean = name == QLatin1String("acute") ? half * 0.5 : -half * 0.5;
        path.moveTo(middle - lean, 0);
        path.lineTo(middle + lean, -height);
    } else if (name == QLatin1String("breve")) {
        path.moveTo(middle - half, -height);
        path.quadTo(middle, height, middle + half, -height);
    } else if (name == QLatin1String("dot") || name == QLatin1String("ddot")) {
        const qreal radius = pixelSize * 0.065;
        for (const qreal shift : name == QLatin1String("dot")
                                     ? std::vector<qreal>{0.0}
                                     : std::vector<qreal>{-2 * radius, 2 * radius})
            path.addEllipse(QPointF(middle + shift, -height / 2), radius, radius);
        stroke = 0.0;
    } else if (name == QLatin1String("vec")) {
        const qreal reach = qMax(half, pixelSize * 0.24);
        path.moveTo(middle - reach, -height * 0.6);
        path.lineTo(middle + reach, -height * 0.6);
        addArrowHead(path, {middle + reach, -height * 0.6}, pixelSize * 0.13, 1);
    } else if (name.endsWith(QLatin1String("arrow"))) {
        const bool left = name == QLatin1String("overleftarrow");
        path.moveTo(0, -height * 0.6);
        path.lineTo(width, -height * 0.6);
        addArrowHead(path, {left ? 0 : width, -height * 0.6}, pixelSize * 0.15, left ? -1 : 1);
    } else if (name.endsWith(QLatin1String("brace"))) {
        const qreal tall = pixelSize * 0.36;
        const bool over = name == QLatin1String("overbrace");
        // A standing brace is laid down: its tip, at the left, comes to the top or to the bottom.
        const QTransform turn =
            over ? QTransform(0, 1, -1, 0, 0, 0) : QTransform(0, -1, 1, 0, 0, 0);
        path = turn.map(brace(QRectF(0, 0, tall, width), true));
        const QRectF bounds = path.boundingRect();
        path.translate(-bounds.left(), over ? -bounds.bottom() : -bounds.top());
        picture.ascent = over ? tall : 0;
        picture.descent = over ? 0 : tall;
    } else { // bar, overline, underline
        const qreal reach = name == QLatin1String("bar") ? qMax(half, width * 0.4) : width / 2;
        const qreal y = name == QLatin1String("underline") ? 0 : -rule;
        picture.rules.emplace_back(middle - reach, y, 2 * reach, rule);
        picture.ascent = name == QLatin1String("underline") ? 0 : rule;
        picture.descent = name == QLatin1String("underline") ? rule : 0;
        return picture;
    }
    picture.strokes.push_back({path, stroke});
    return picture;
}

MathPicture mathRootPicture(qreal width, qreal ascent, qreal descent, qreal pixelSize,
                            qreal& insetLeft) {
    MathPicture picture;
    const qreal rule = mathRule(pixelSize);
    const qreal height = ascent + descent;
    const qreal foot = pixelSize * 0.34;
    const qreal rise = qMin(height * 0.55, pixelSize * 0.6);
    insetLeft = pixelSize * 0.62;
    QPainterPath path;
    path.moveTo(pixelSize * 0.04, descent - rise + pixelSize * 0.1);
    path.lineTo(pixelSize * 0.15, descent - rise);
    path.lineTo(foot, descent);
    path.lineTo(insetLeft - pixelSize * 0.08, -ascent);
    path.lineTo(insetLeft + width + pixelSize * 0.06, -ascent);
    picture.strokes.push_back({path, rule});
    picture.width = insetLeft + width + pixelSize * 0.1;
    picture.ascent = ascent + rule;
    picture.descent = descent + rule / 2;
    return picture;
}

} // namespace hearth::ui
