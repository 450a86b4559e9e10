#include "view/chat/math_layout.h"

#include "view/chat/math_font.h"
#include "view/chat/math_grid.h"
#include "view/chat/math_setter.h"
#include "view/chat/math_shapes.h"

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

using Kind = MathNode::Kind;

constexpr qreal kScales[] = {1.0, 0.72, 0.56};

bool isLetter(const MathNode& node) {
    return node.kind == Kind::Symbol && !node.large;
}

} // namespace

qreal MathSetter::em(MathSize size) const {
    return m_pixelSize * kScales[size.level];
}

MathSize MathSetter::script(MathSize size) {
    return {qMin(2, size.level + 1), false};
}

MathPicture MathSetter::set(const MathNode& node, MathSize size) const {
    switch (node.kind) {
    case Kind::Row:
        return row(node.children, size);
    case Kind::Symbol:
        return symbol(node, size);
    case Kind::Text:
        return mathWords(node.text, node.face, em(size));
    case Kind::Space: {
        MathPicture space;
        space.width = node.amount * em(size);
        return space;
    }
    case Kind::Fraction:
        return fraction(node, size);
    case Kind::Root:
        return root(node, size);
    case Kind::Scripts:
        return scripts(node, size);
    case Kind::Fenced:
        return fenced(node, size);
    case Kind::Accent:
        return accent(node, size);
    case Kind::Grid:
        return setMathGrid(*this, node, size);
    case Kind::Arrow:
        return arrow(node, size);
    case Kind::Boxed: {
        MathPicture inner = set(node.children.front(), size);
        const qreal room = em(size) * 0.25;
        MathPicture boxed;
        boxed.width = inner.width + 2 * room;
        boxed.ascent = inner.ascent + room;
        boxed.descent = inner.descent + room;
        boxed.add(inner, {room, 0});
        QPainterPath frame;
        frame.addRect(QRectF(0, -boxed.ascent, boxed.width, boxed.ascent + boxed.descent)
                          .adjusted(0.5, 0.5, -0.5, -0.5));
        boxed.strokes.push_back({frame, mathRule(em(size))});
        return boxed;
    }
    case Kind::Styled:
        return set(node.children.front(), node.style == MathStyle::Display  ? MathSize{0, true}
                                          : node.style == MathStyle::Script ? MathSize{1, false}
                                                                            : MathSize{0, false});
    case Kind::Phantom: {
        MathPicture phantom = set(node.children.front(), size);
        phantom.glyphs.clear();
        phantom.rules.clear();
        phantom.strokes.clear();
        return phantom;
    }
    }
    return {};
}

MathPicture MathSetter::symbol(const MathNode& node, MathSize size) const {
    const char32_t character = node.text.toUcs4().value(0);
    const bool isIntegral = character >= U'∫' && character <= U'∳';
    qreal pixels = em(size);
    if (node.large)
        pixels *= size.display ? (isIntegral ? 1.9 : 1.5) : (isIntegral ? 1.15 : 1.1);
    const MathGlyph glyph = mathGlyph(character, node.face, pixels);
    MathPicture picture;
    picture.width = glyph.advance;
    picture.ascent = qMax(0.0, -glyph.bounds.top());
    picture.descent = qMax(0.0, glyph.bounds.bottom());
    qreal drop = 0;
    if (node.large) {
        // Large operators stand around the axis.
        drop = -mathAxis(em(size)) - glyph.bounds.center().y();
        picture.ascent = -(glyph.bounds.top() + drop);
        picture.descent = glyph.bounds.bottom() + drop;
    }
    picture.glyphs.push_back({glyph.font, glyph.index, QPointF(0, drop)});
    return picture;
}

qreal MathSetter::overhang(const MathNode& node, MathSize size) const {
    if (node.kind != Kind::Symbol || node.face == MathFace::Upright)
        return 0;
    const MathGlyph glyph = mathGlyph(node.text.toUcs4().value(0), node.face, em(size));
    return qMax(0.0, glyph.bounds.right() - glyph.advance);
}

MathPicture MathSetter::fraction(const MathNode& node, MathSize size) const {
    if (node.style == MathStyle::Display)
        size = {0, true};
    else if (node.style == MathStyle::Text)
        size = {0, false};
    const MathSize inner = size.display ? MathSize{0, false} : script(size);
    const MathPicture above = set(node.children[0], inner);
    const MathPicture below = set(node.children[1], inner);
    const qreal unit = em(size);
    const qreal axis = mathAxis(unit);
    const qreal rule = node.bar ? mathRule(unit) : 0;
    const qreal gap = unit * (size.display ? 0.22 : 0.12) + (node.bar ? 0 : unit * 0.1);
    const qreal side = unit * 0.08;
    MathPicture whole;
    whole.width = qMax(above.width, below.width) + (node.bar ? 4 : 2) * side;
    const qreal width = whole.width;
    whole.include(above, {(width - above.width) / 2, -axis - rule / 2 - gap - above.descent});
    whole.include(below, {(width - below.width) / 2, -axis + rule / 2 + gap + below.ascent});
    if (node.bar)
        whole.rules.emplace_back(side, -axis - rule / 2, width - 2 * side, rule);
    return whole;
}

MathPicture MathSetter::root(const MathNode& node, MathSize size) const {
    const MathPicture inner = set(node.children[0], size);
    const qreal unit = em(size);
    const qreal gap = unit * 0.14;
    const qreal least = unit * 0.62;
    qreal inset = 0;
    const qreal ascent = qMax(inner.ascent, least) + gap;
    const qreal descent = qMax(inner.descent, unit * 0.08) + unit * 0.04;
    MathPicture whole = mathRootPicture(inner.width, ascent, descent, unit, inset);
    const qreal width = whole.width;
    whole.include(inner, {inset, 0});
    whole.width = width;
    if (node.children.size() < 2)
        return whole;
    const MathPicture index = set(node.children[1], {2, false});
    const qreal shift = qMax(0.0, index.width - unit * 0.3);
    MathPicture shifted;
    shifted.include(whole, {shift, 0});
    shifted.include(index, {qMax(0.0, unit * 0.3 - index.width),
                            descent - qMin(ascent + descent, unit * 1.1) * 0.62 - index.descent});
    shifted.width = width + shift;
    return shifted;
}

MathPicture MathSetter::scripts(const MathNode& node, MathSize size) const {
    const MathNode& base = node.children[0];
    const bool stacked = base.limits && (size.display || base.always);
    if (stacked)
        return limits(node, size);
    const MathPicture core = set(base, size);
    const MathSize small = script(size);
    const MathPicture below = set(node.children[1], small);
    const MathPicture above = set(node.children[2], small);
    const qreal unit = em(size);
    const bool simple = isLetter(base);
    qreal up = simple ? unit * 0.38 : qMax(unit * 0.38, core.ascent - unit * 0.28);
    qreal down = simple ? unit * 0.16 : qMax(unit * 0.16, core.descent + unit * 0.06);
    up = qMax(up, above.descent + unit * 0.2);
    down = qMax(down, below.ascent - unit * 0.36);
    const bool both = !node.children[1].children.empty() && !node.children[2].children.empty();
    if (both)
        down = qMax(down, above.descent + below.ascent - up + unit * 0.12);
    const qreal lean = overhang(base, size) + (base.large && !base.limits ? unit * 0.12 : 0);
    MathPicture whole;
    whole.include(core, {});
    const qreal x = core.width + unit * 0.03;
    const bool leansBack = base.large && !base.limits; // Integrals.
    if (!node.children[1].children.empty())
        whole.include(below, {x - (leansBack ? unit * 0.12 : 0), down});
    if (!node.children[2].children.empty())
        whole.include(above, {x + lean, -up});
    whole.width += unit * 0.04;
    return whole;
}

MathPicture MathSetter::limits(const MathNode& node, MathSize size) const {
    const MathPicture core = set(node.children[0], size);
    const MathPicture below = set(node.children[1], script(size));
    const MathPicture above = set(node.children[2], script(size));
    const qreal gap = em(size) * 0.14;
    const qreal width = std::max({core.width, below.width, above.width});
    MathPicture whole;
    whole.include(core, {(width - core.width) / 2, 0});
    if (!node.children[2].children.empty())
        whole.include(above, {(width - above.width) / 2, -core.ascent - gap - above.descent});
    if (!node.children[1].children.empty())
        whole.include(below, {(width - below.width) / 2, core.descent + gap + below.ascent});
    whole.width = width;
    return whole;
}

MathPicture MathSetter::fenced(const MathNode& node, MathSize size) const {
    const qreal unit = em(size);
    const qreal axis = mathAxis(unit);
    if (node.amount > 0)
        return mathFencePicture(node.left, node.amount * unit, unit);
    std::vector<MathPicture> parts;
    qreal reach = 0;
    for (const MathNode& child : node.children) {
        parts.push_back(set(child, size));
        reach = std::max({reach, parts.back().ascent - axis, parts.back().descent + axis});
    }
    const qreal height = qMax(2 * reach * 0.94, 2 * reach - unit * 0.3);
    MathPicture whole;
    qreal x = 0;
    const auto put = [&](const MathPicture& part) {
        whole.include(part, {x, 0});
        x += part.width;
    };
    // Cells keep off their fences; what else is enclosed has its own room.
    const bool isGrid = node.children.size() == 1 && node.children[0].kind == Kind::Grid;
    put(mathFencePicture(node.left, height, unit));
    x += isGrid ? unit * 0.12 : 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && i - 1 < node.middles.size())
            put(mathFencePicture(node.middles[i - 1], height, unit));
        put(parts[i]);
    }
    x += isGrid && !node.right.isEmpty() ? unit * 0.12 : 0;
    put(mathFencePicture(node.right, height, unit));
    whole.width = x;
    return whole;
}

MathPicture MathSetter::accent(const MathNode& node, MathSize size) const {
    const MathPicture inner = set(node.children[0], size);
    const qreal unit = em(size);
    const qreal gap = unit * 0.07;
    const MathPicture mark = mathAccentPicture(node.text, inner.width, unit);
    MathPicture whole;
    whole.include(inner, {});
    if (node.under) {
        whole.include(mark, {0, inner.descent + gap});
        return whole;
    }
    // Slanted letters lean to the right, and their accents with them.
    const MathNode* letter = &node.children[0];
    while (letter->kind == Kind::Row && letter->children.size() == 1)
        letter = &letter->children[0];
    const bool leans = !node.large && isLetter(*letter) && letter->face == MathFace::Italic;
    const qreal y = -qMax(inner.ascent, unit * 0.42) - gap;
    const qreal width = whole.width;
    whole.include(mark, {leans ? unit * 0.07 : 0, y});
    whole.width = width;
    return whole;
}

MathPicture MathSetter::arrow(const MathNode& node, MathSize size) const {
    const MathPicture above = set(node.children[0], script(size));
    const MathPicture below = set(node.children[1], script(size));
    const qreal unit = em(size);
    const qreal axis = mathAxis(unit);
    const qreal width = qMax(unit * 1.6, qMax(above.width, below.width) + unit * 0.8);
    MathPicture whole;
    whole.include(mathArrowPicture(node.text.startsWith(u'l'), width, unit), {0, -axis});
    whole.include(above, {(width - above.width) / 2, -axis - unit * 0.22 - above.descent});
    if (!node.children[1].children.empty())
        whole.include(below, {(width - below.width) / 2, -axis + unit * 0.22 + below.ascent});
    whole.width = width;
    return whole;
}

MathPicture layOutMath(const MathNode& formula, qreal pixelSize, bool display, qreal maximumWidth) {
    const MathSize size{0, display};
    const auto attempt = [&](qreal pixels) {
        const MathSetter setter(pixels);
        MathPicture picture = setter.set(formula, size);
        if (picture.width > maximumWidth && formula.kind == Kind::Row && display)
            picture = setter.brokenRow(formula.children, size, maximumWidth);
        return picture;
    };
    MathPicture picture = attempt(pixelSize);
    if (picture.width > maximumWidth && maximumWidth > 0)
        picture = attempt(pixelSize * qMax(kMathSmallest, maximumWidth / picture.width * 0.98));
    return picture;
}

} // namespace hearth::ui
