#include "view/theme/hearth_style.h"

#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QStyleOption>
#include <QWidget>

namespace hearth::ui {
namespace {

constexpr int kThumb = 6;
constexpr int kThumbHovered = 8;
constexpr int kSliderTrack = 4;
constexpr int kSliderKnob = 16;

} // namespace

void HearthStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                     QPainter* painter, const QWidget* widget) const {
    switch (control) {
    case CC_ScrollBar:
        return drawScrollBar(option, painter, widget);
    case CC_Slider:
        return drawSlider(option, painter, widget);
    case CC_ComboBox:
        return drawComboBox(option, painter, widget);
    case CC_ToolButton:
        return drawToolButton(option, painter, widget);
    case CC_SpinBox:
        return drawSpinBox(option, painter, widget);
    default:
        QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

QRect HearthStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option,
                                  SubControl subControl, const QWidget* widget) const {
    const QRect rect = option->rect;
    if (control == CC_ScrollBar) {
        const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
        const bool horizontal = bar && bar->orientation == Qt::Horizontal;
        const int length = horizontal ? rect.width() : rect.height();
        if (subControl == SC_ScrollBarAddLine || subControl == SC_ScrollBarSubLine || !bar)
            return {};
        if (subControl == SC_ScrollBarGroove)
            return rect;
        const qint64 range = static_cast<qint64>(bar->maximum) - bar->minimum;
        int thumb = length;
        if (range > 0)
            thumb = qBound(qMin<int>(space::k2xl, length),
                           static_cast<int>(static_cast<qint64>(bar->pageStep) * length /
                                            (range + bar->pageStep)),
                           length);
        const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition,
                                                  length - thumb, bar->upsideDown);
        const auto span = [&](int from, int extent) {
            return horizontal ? QRect(rect.left() + from, rect.top(), extent, rect.height())
                              : QRect(rect.left(), rect.top() + from, rect.width(), extent);
        };
        if (subControl == SC_ScrollBarSlider)
            return span(start, thumb);
        if (subControl == SC_ScrollBarSubPage)
            return span(0, start);
        if (subControl == SC_ScrollBarAddPage)
            return span(start + thumb, length - start - thumb);
        return {};
    }
    if (control == CC_ComboBox) {
        const int arrow = size::kIconSmall + space::kSm + space::kXs;
        if (subControl == SC_ComboBoxArrow)
            return {rect.right() - arrow + 1, rect.top(), arrow, rect.height()};
        if (subControl == SC_ComboBoxEditField)
            return rect.adjusted(space::kMd - 2, 0, -arrow, 0);
    }
    if (control == CC_SpinBox) {
        const int side = qMin(rect.height(), rect.width() / 3);
        if (subControl == SC_SpinBoxUp)
            return visualRect(option->direction, rect,
                              {rect.right() - side + 1, rect.top(), side, rect.height()});
        if (subControl == SC_SpinBoxDown)
            return visualRect(option->direction, rect,
                              {rect.left(), rect.top(), side, rect.height()});
        if (subControl == SC_SpinBoxEditField)
            return rect.adjusted(side, 2, -side, -2);
        return rect;
    }
    return QProxyStyle::subControlRect(control, option, subControl, widget);
}

void HearthStyle::drawScrollBar(const QStyleOptionComplex* option, QPainter* painter,
                                const QWidget* widget) const {
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!bar || bar->maximum <= bar->minimum)
        return;
    const Tokens& t = Theme::current().tokens();
    const bool horizontal = bar->orientation == Qt::Horizontal;
    const bool pressed =
        (option->state & State_Sunken) && (option->activeSubControls & SC_ScrollBarSlider);
    const qreal strength = pressed ? 1.0 : hover(option, widget);
    const qreal thickness = kThumb + (kThumbHovered - kThumb) * strength;
    QRectF thumb = subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
    if (horizontal)
        thumb =
            QRectF(thumb.left() + 2, thumb.bottom() - thickness - 1, thumb.width() - 4, thickness);
    else
        thumb =
            QRectF(thumb.right() - thickness - 1, thumb.top() + 2, thickness, thumb.height() - 4);
    QColor color = t.borderStrong;
    color.setAlphaF(static_cast<float>(pressed ? 0.85 : 0.4 + 0.25 * strength));
    paintPanel(*painter, thumb, thickness / 2, color);
}

void HearthStyle::drawSlider(const QStyleOptionComplex* option, QPainter* painter,
                             const QWidget* widget) const {
    const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!slider)
        return;
    const Tokens& t = Theme::current().tokens();
    const bool horizontal = slider->orientation == Qt::Horizontal;
    const QRectF handle = QProxyStyle::subControlRect(CC_Slider, option, SC_SliderHandle, widget);
    const QRectF rect = option->rect;
    const qreal inset = kSliderKnob / 2.0;
    QRectF track = horizontal
                       ? QRectF(rect.left() + inset - 2, rect.center().y() - kSliderTrack / 2.0,
                                rect.width() - 2 * inset + 4, kSliderTrack)
                       : QRectF(rect.center().x() - kSliderTrack / 2.0, rect.top() + inset - 2,
                                kSliderTrack, rect.height() - 2 * inset + 4);
    painter->save();
    if (!(option->state & State_Enabled))
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    paintPanel(*painter, track, kSliderTrack / 2.0, blend(t.sunken, t.borderStrong, 0.35));
    QRectF filled = track;
    if (horizontal)
        filled.setRight(handle.center().x());
    else
        filled.setTop(handle.center().y());
    paintPanel(*painter, filled, kSliderTrack / 2.0, t.accent);
    QRectF knob(0, 0, kSliderKnob, kSliderKnob);
    knob.moveCenter(horizontal ? QPointF(handle.center().x(), rect.center().y())
                               : QPointF(rect.center().x(), handle.center().y()));
    const bool pressed = option->state & State_Sunken;
    const qreal strength = pressed ? 1.0 : hover(option, widget);
    if (showsFocusRing(*option, widget))
        paintPanel(*painter, knob.adjusted(-2, -2, 2, 2), kSliderKnob, t.selection());
    paintPanel(*painter, knob, kSliderKnob / 2.0, t.surface,
               blend(t.borderStrong, t.accent, showsFocusRing(*option, widget) ? 1.0 : strength),
               showsFocusRing(*option, widget) || pressed ? 2.0 : 1.5);
    painter->restore();
}

void HearthStyle::drawComboBox(const QStyleOptionComplex* option, QPainter* painter,
                               const QWidget* widget) const {
    const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
    if (!combo)
        return;
    const Tokens& t = Theme::current().tokens();
    const bool enabled = option->state & State_Enabled;
    painter->save();
    if (!enabled)
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    const bool open = option->state & State_On;
    const qreal strength = open ? 1.5 : hover(option, widget);
    const bool quiet = buttonKind(widget) == ButtonKind::Quiet;
    if (!quiet)
        paintPanel(*painter, option->rect, radius::kControl, t.surface);
    paintPanel(*painter, option->rect, radius::kControl, t.wash(strength),
               quiet ? QColor()
                     : blend(t.border, t.borderStrong, 0.35 + 0.25 * qMin(strength, 1.0)));
    if (showsFocusRing(*option, widget))
        paintFocusRing(*painter, option->rect, radius::kControl);
    const QRect arrow = subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, widget);
    const int side = size::kIconSmall;
    painter->drawPixmap(
        QPoint(arrow.left() + space::kXs, arrow.center().y() - side / 2 + 1),
        iconPixmap(Icon::ChevronDown, t.muted, side, painter->device()->devicePixelRatioF()));
    if (!combo->editable) {
        QRectF text = subControlRect(CC_ComboBox, option, SC_ComboBoxEditField, widget);
        if (!combo->currentIcon.isNull()) {
            combo->currentIcon.paint(
                painter,
                QRect(qRound(text.left()), qRound(text.center().y()) - side / 2, side, side));
            text.setLeft(text.left() + side + space::kSm);
        }
        const auto* box = qobject_cast<const QComboBox*>(widget);
        const bool empty = combo->currentText.isEmpty() && box && !box->placeholderText().isEmpty();
        paintText(*painter, text, TextStyle::Ui, empty ? t.muted : t.text,
                  empty ? box->placeholderText() : combo->currentText);
    }
    painter->restore();
}

void HearthStyle::drawToolButton(const QStyleOptionComplex* option, QPainter* painter,
                                 const QWidget* widget) const {
    const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
    if (!button)
        return;
    const Tokens& t = Theme::current().tokens();
    const bool enabled = option->state & State_Enabled;
    const bool on = option->state & State_On;
    const bool pressed = option->state & State_Sunken;
    const qreal strength = pressed ? 2.4 : hover(option, widget) * 1.3;
    const QRectF rect = option->rect;
    painter->save();
    if (!enabled)
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    if (buttonKind(widget) == ButtonKind::Primary)
        paintPanel(*painter, rect, radius::kControl, t.accentAt(pressed ? 2.0 : strength));
    else
        paintPanel(*painter, rect, radius::kControl, t.wash(qMax(strength, on ? 1.6 : 0.0)));
    const QSize side = button->iconSize;
    QRect target(QPoint(), side);
    target.moveCenter(option->rect.center());
    if (button->toolButtonStyle == Qt::ToolButtonIconOnly || button->text.isEmpty()) {
        button->icon.paint(painter, target);
    } else {
        target.moveLeft(option->rect.left() + space::kSm);
        button->icon.paint(painter, target);
        paintText(*painter, rect.adjusted(space::kLg + side.width(), 0, -space::kSm, 0),
                  TextStyle::Ui, t.text, button->text);
    }
    painter->restore();
    if (showsFocusRing(*option, widget))
        paintControlRing(*painter, rect, buttonKind(widget) == ButtonKind::Primary);
}

void HearthStyle::drawSpinBox(const QStyleOptionComplex* option, QPainter* painter,
                              const QWidget* widget) const {
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    if (!spin)
        return;
    painter->save();
    if (!(option->state & State_Enabled))
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    drawFieldFrame(option, painter, widget);
    const Tokens& t = Theme::current().tokens();
    const qreal ratio = painter->device()->devicePixelRatioF();
    const int side = size::kIconSmall;
    const auto step = [&](SubControl part, Icon glyph, QAbstractSpinBox::StepEnabledFlag flag) {
        const QRect rect = subControlRect(CC_SpinBox, option, part, widget);
        const bool possible = spin->stepEnabled & flag;
        const bool active = possible && option->activeSubControls == part;
        const bool hovered = active && (option->state & State_MouseOver);
        const bool pressed = active && (option->state & State_Sunken);
        if (hovered || pressed)
            paintPanel(*painter, QRectF(rect).adjusted(3, 3, -3, -3), radius::kControl - 2,
                       t.wash(pressed ? 2.4 : 1.3));
        painter->save();
        if (!possible)
            painter->setOpacity(painter->opacity() * kDisabledOpacity);
        painter->drawPixmap(QPointF(rect.left() + (rect.width() - side) / 2.0,
                                    rect.top() + (rect.height() - side) / 2.0),
                            iconPixmap(glyph, hovered ? t.text : t.muted, side, ratio));
        painter->restore();
    };
    step(SC_SpinBoxDown, Icon::Minus, QAbstractSpinBox::StepDownEnabled);
    step(SC_SpinBoxUp, Icon::Plus, QAbstractSpinBox::StepUpEnabled);
    painter->restore();
}

} // namespace hearth::ui
