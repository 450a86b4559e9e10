#include "view/theme/hearth_style.h"

#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSlider>
#include <QStyleOption>
#include <QTextEdit>
#include <QToolButton>
#include <QVariantAnimation>

namespace hearth::ui {
namespace {

constexpr const char* kKindProperty = "hearthButtonKind";
constexpr const char* kRefusedProperty = "hearthRefused";
constexpr int kCheckSide = 18;
constexpr int kCheckRoom = 4; ///< Around it, for the focus ring.
constexpr int kMenuItemHeight = 32;
constexpr int kMenuSeparatorHeight = 9;
constexpr int kMenuIconColumn = 28;

bool isFadeable(const QWidget* widget) {
    return qobject_cast<const QPushButton*>(widget) || qobject_cast<const QToolButton*>(widget) ||
           qobject_cast<const QComboBox*>(widget) || qobject_cast<const QScrollBar*>(widget) ||
           qobject_cast<const QSlider*>(widget);
}

/// A line edit inside a spin box or combo box has its host's frame.
bool hasOwnFrame(const QWidget* widget) {
    const QWidget* parent = widget ? widget->parentWidget() : nullptr;
    return !qobject_cast<const QAbstractSpinBox*>(parent) &&
           !qobject_cast<const QComboBox*>(parent);
}

} // namespace

void setButtonKind(QWidget& button, ButtonKind kind) {
    button.setProperty(kKindProperty, static_cast<int>(kind));
    button.update();
}

ButtonKind buttonKind(const QWidget* button) {
    const QVariant kind = button ? button->property(kKindProperty) : QVariant();
    return kind.isValid() ? static_cast<ButtonKind>(kind.toInt()) : ButtonKind::Plain;
}

void setRefused(QWidget& field, bool refused) {
    field.setProperty(kRefusedProperty, refused);
    field.update();
}

HearthStyle::HearthStyle()
    : QProxyStyle(QStringLiteral("Fusion")) {
}

void HearthStyle::polish(QWidget* widget) {
    QProxyStyle::polish(widget);
    if (isFadeable(widget)) {
        widget->setAttribute(Qt::WA_Hover);
        connect(widget, &QObject::destroyed, this, [this, widget] { m_fades.remove(widget); });
    }
    if (qobject_cast<QMenu*>(widget)) {
        widget->setWindowFlag(Qt::FramelessWindowHint);
        widget->setWindowFlag(Qt::NoDropShadowWindowHint);
        widget->setAttribute(Qt::WA_TranslucentBackground);
    }
    if (auto* view = qobject_cast<QAbstractItemView*>(widget))
        view->viewport()->setAttribute(Qt::WA_Hover);
}

void HearthStyle::unpolish(QWidget* widget) {
    const auto found = m_fades.constFind(widget);
    if (found != m_fades.constEnd()) {
        delete found->animation;
        m_fades.erase(found);
    }
    QProxyStyle::unpolish(widget);
}

qreal HearthStyle::hover(const QStyleOption* option, const QWidget* widget) const {
    const bool hovered = (option->state & State_MouseOver) && (option->state & State_Enabled);
    const int duration = Theme::current().motion(motion::kHover);
    if (!widget || duration == 0 || !isFadeable(widget))
        return hovered ? 1.0 : 0.0;
    auto found = m_fades.find(widget);
    if (found == m_fades.end()) {
        auto* animation = new QVariantAnimation(const_cast<QWidget*>(widget));
        animation->setStartValue(0.0);
        animation->setEndValue(1.0);
        connect(animation, &QVariantAnimation::valueChanged, widget,
                [target = const_cast<QWidget*>(widget)] { target->update(); });
        found = m_fades.insert(widget, {animation, false});
    }
    if (found->hovered != hovered) {
        found->hovered = hovered;
        found->animation->setDuration(duration);
        found->animation->setDirection(hovered ? QAbstractAnimation::Forward
                                               : QAbstractAnimation::Backward);
        if (found->animation->state() != QAbstractAnimation::Running)
            found->animation->start();
    }
    if (found->animation->state() == QAbstractAnimation::Running)
        return found->animation->currentValue().toReal();
    return hovered ? 1.0 : 0.0;
}

void HearthStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option,
                                QPainter* painter, const QWidget* widget) const {
    const Tokens& t = Theme::current().tokens();
    switch (element) {
    case PE_FrameFocusRect:
        if (option->state & State_KeyboardFocusChange)
            paintFocusRing(*painter, option->rect, radius::kControl);
        return;
    case PE_PanelLineEdit:
    case PE_FrameLineEdit:
        if (hasOwnFrame(widget))
            drawFieldFrame(option, painter, widget);
        return;
    case PE_PanelMenu:
        paintPanel(*painter, option->rect, radius::kCard, t.surface, t.border);
        return;
    case PE_FrameMenu:
        return;
    case PE_PanelTipLabel:
        paintPanel(*painter, option->rect, 0, t.surface, t.borderStrong);
        return;
    case PE_Frame:
    case PE_FrameGroupBox:
        paintPanel(*painter, option->rect, radius::kControl, QColor(), t.border);
        return;
    case PE_IndicatorCheckBox:
        drawCheck(option, painter, widget, false);
        return;
    case PE_IndicatorRadioButton:
        drawCheck(option, painter, widget, true);
        return;
    case PE_PanelItemViewItem:
    case PE_PanelItemViewRow: {
        if (element == PE_PanelItemViewRow)
            return;
        const bool selected = option->state & State_Selected;
        const bool hovered = option->state & State_MouseOver;
        if (selected || hovered)
            paintPanel(*painter, QRectF(option->rect).adjusted(2, 1, -2, -1), radius::kControl,
                       t.wash(selected ? 1.8 : 1.0));
        return;
    }
    case PE_PanelButtonTool:
    case PE_IndicatorItemViewItemDrop:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void HearthStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                              const QWidget* widget) const {
    switch (element) {
    case CE_PushButtonBevel:
        return drawButtonBevel(option, painter, widget);
    case CE_PushButtonLabel:
        return drawButtonLabel(option, painter, widget);
    case CE_MenuItem:
        return drawMenuItem(option, painter, widget);
    case CE_MenuEmptyArea:
        return;
    case CE_ItemViewItem:
        return drawItemViewItem(option, painter, widget);
    case CE_ProgressBar:
        return drawProgress(option, painter, widget);
    case CE_ComboBoxLabel:
    case CE_ShapedFrame:
        if (element == CE_ShapedFrame) {
            const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
            const auto shape = frame ? frame->frameShape : QFrame::NoFrame;
            const QColor line = Theme::current().tokens().border;
            if (shape == QFrame::StyledPanel && qobject_cast<const QTextEdit*>(widget))
                return drawFieldFrame(option, painter, widget);
            if (shape == QFrame::HLine)
                painter->fillRect(
                    QRect(option->rect.left(), option->rect.center().y(), option->rect.width(), 1),
                    line);
            else if (shape == QFrame::VLine)
                painter->fillRect(
                    QRect(option->rect.center().x(), option->rect.top(), 1, option->rect.height()),
                    line);
            else if (shape != QFrame::NoFrame)
                paintPanel(*painter, option->rect, radius::kControl, QColor(), line);
        }
        return;
    case CE_Splitter:
        return;
    default:
        QProxyStyle::drawControl(element, option, painter, widget);
    }
}

void HearthStyle::drawButtonBevel(const QStyleOption* option, QPainter* painter,
                                  const QWidget* widget) const {
    const Tokens& t = Theme::current().tokens();
    const bool enabled = option->state & State_Enabled;
    const bool pressed = enabled && (option->state & (State_Sunken | State_On));
    const qreal strength = pressed ? 2.0 : hover(option, widget);
    const QRectF rect = option->rect;
    painter->save();
    if (!enabled)
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    switch (buttonKind(widget)) {
    case ButtonKind::Primary:
        paintPanel(*painter, rect, radius::kControl, t.accentAt(strength));
        break;
    case ButtonKind::Plain:
        paintPanel(*painter, rect, radius::kControl, t.surface);
        paintPanel(*painter, rect, radius::kControl, t.wash(strength),
                   blend(t.border, t.borderStrong, 0.35 + 0.25 * qMin(strength, 1.0)));
        break;
    case ButtonKind::Quiet:
        paintPanel(*painter, rect, radius::kControl, t.wash(strength * 1.3));
        break;
    case ButtonKind::Danger:
        paintPanel(*painter, rect, radius::kControl,
                   blend(t.surface, t.error, 0.04 + 0.06 * strength),
                   blend(t.border, t.error, 0.6));
        break;
    }
    painter->restore();
    if (showsFocusRing(*option, widget))
        paintControlRing(*painter, rect, buttonKind(widget) == ButtonKind::Primary);
}

void HearthStyle::drawButtonLabel(const QStyleOption* option, QPainter* painter,
                                  const QWidget* widget) const {
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    if (!button)
        return;
    const Tokens& t = Theme::current().tokens();
    const ButtonKind kind = buttonKind(widget);
    const QColor color = kind == ButtonKind::Primary  ? t.onAccent
                         : kind == ButtonKind::Danger ? t.error
                                                      : t.text;
    painter->save();
    if (!(option->state & State_Enabled))
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    const QFont font = widget ? widget->font() : Theme::current().font(TextStyle::Ui);
    const QFontMetricsF metrics(font);
    const qreal textWidth = metrics.horizontalAdvance(button->text);
    const bool hasIcon = !button->icon.isNull();
    const bool hasMenu = button->features & QStyleOptionButton::HasMenu;
    const int side = size::kIconSmall;
    const qreal gap = button->text.isEmpty() ? 0 : space::kSm - 2;
    const qreal whole = textWidth + (hasIcon ? side + gap : 0) + (hasMenu ? side + gap : 0);
    qreal x = option->rect.left() + qMax<qreal>(space::kSm, (option->rect.width() - whole) / 2.0);
    const int iconTop = option->rect.top() + (option->rect.height() - side) / 2;
    if (hasIcon) {
        button->icon.paint(painter, QRect(qRound(x), iconTop, side, side));
        x += side + gap;
    }
    painter->setFont(font);
    painter->setPen(color);
    const QRectF text(x, option->rect.top(),
                      qMin(textWidth + 1, option->rect.right() - space::kSm - x + 1),
                      option->rect.height());
    painter->drawText(text,
                      Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine | Qt::TextHideMnemonic,
                      metrics.elidedText(button->text, Qt::ElideRight, text.width()));
    if (hasMenu)
        painter->drawPixmap(
            QPoint(qRound(x + textWidth + gap), iconTop),
            iconPixmap(Icon::ChevronDown, color, side, painter->device()->devicePixelRatioF()));
    painter->restore();
}

void HearthStyle::drawCheck(const QStyleOption* option, QPainter* painter, const QWidget* widget,
                            bool round) const {
    const Tokens& t = Theme::current().tokens();
    QRectF box(0, 0, kCheckSide, kCheckSide);
    box.moveCenter(QRectF(option->rect).center());
    painter->save();
    if (!(option->state & State_Enabled))
        painter->setOpacity(painter->opacity() * kDisabledOpacity);
    const qreal corner = round ? kCheckSide / 2.0 : radius::kControl - 1;
    const bool on = option->state & State_On;
    if (on)
        paintPanel(*painter, box, corner, t.accent);
    else
        paintPanel(*painter, box, corner, t.surface, t.borderStrong,
                   option->state & State_MouseOver ? 1.5 : 1.0);
    if (on && round)
        paintPanel(*painter, box.adjusted(5.5, 5.5, -5.5, -5.5), corner, t.onAccent);
    else if (on)
        painter->drawPixmap(box.topLeft() + QPointF(1, 1),
                            iconPixmap(Icon::Check, t.onAccent, size::kIconSmall,
                                       painter->device()->devicePixelRatioF()));
    if (showsFocusRing(*option, widget))
        paintFocusRing(*painter, box.adjusted(-kCheckRoom, -kCheckRoom, kCheckRoom, kCheckRoom),
                       corner + kCheckRoom);
    painter->restore();
}

void HearthStyle::drawFieldFrame(const QStyleOption* option, QPainter* painter,
                                 const QWidget* widget) const {
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    if (frame && frame->lineWidth == 0)
        return;
    const Tokens& t = Theme::current().tokens();
    const bool enabled = option->state & State_Enabled;
    const bool focused = (option->state & State_HasFocus) || isPosedFocused(widget);
    const bool refused = widget && widget->property(kRefusedProperty).toBool();
    const bool hovered = enabled && (option->state & State_MouseOver);
    QColor border = blend(t.border, t.borderStrong, hovered ? 0.9 : 0.5);
    if (refused)
        border = t.error;
    else if (focused)
        border = t.accent;
    paintPanel(*painter, option->rect, radius::kControl, enabled ? t.surface : t.sunken, border,
               focused ? size::kFocusRing : 1.0);
}

void HearthStyle::drawMenuItem(const QStyleOption* option, QPainter* painter,
                               const QWidget*) const {
    const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
    if (!item)
        return;
    const Tokens& t = Theme::current().tokens();
    const QRect rect = option->rect;
    if (item->menuItemType == QStyleOptionMenuItem::Separator) {
        painter->fillRect(
            QRect(rect.left() + space::kSm, rect.center().y(), rect.width() - 2 * space::kSm, 1),
            t.border);
        return;
    }
    const bool enabled = option->state & State_Enabled;
    if (enabled && (option->state & State_Selected))
        paintPanel(*painter, rect, radius::kControl, t.wash(1.6));
    painter->save();
    if (!enabled)
        painter->setOpacity(kDisabledOpacity);
    const qreal ratio = painter->device()->devicePixelRatioF();
    const int side = size::kIconSmall;
    const int iconTop = rect.top() + (rect.height() - side) / 2;
    const bool hasColumn = item->maxIconWidth > 0 || item->menuHasCheckableItems;
    if (item->checkType != QStyleOptionMenuItem::NotCheckable && item->checked)
        painter->drawPixmap(QPoint(rect.left() + space::kSm, iconTop),
                            iconPixmap(Icon::Check, t.accent, side, ratio));
    else if (!item->icon.isNull())
        item->icon.paint(painter, QRect(rect.left() + space::kSm, iconTop, side, side));
    const QStringList parts = item->text.split(QLatin1Char('\t'));
    QRectF text = QRectF(rect).adjusted(space::kSm + (hasColumn ? kMenuIconColumn - 4 : 0), 0,
                                        -space::kSm, 0);
    painter->setFont(item->font);
    painter->setPen(t.text);
    painter->drawText(text,
                      Qt::AlignVCenter | Qt::AlignLeft | Qt::TextHideMnemonic | Qt::TextSingleLine,
                      parts.first());
    if (parts.size() > 1)
        paintText(*painter, text, TextStyle::Caption, t.muted, parts.at(1),
                  Qt::AlignRight | Qt::AlignVCenter);
    if (item->menuItemType == QStyleOptionMenuItem::SubMenu)
        painter->drawPixmap(QPoint(rect.right() - side - 2, iconTop),
                            iconPixmap(Icon::ChevronRight, t.muted, side, ratio));
    painter->restore();
}

void HearthStyle::drawItemViewItem(const QStyleOption* option, QPainter* painter,
                                   const QWidget* widget) const {
    const auto* source = qstyleoption_cast<const QStyleOptionViewItem*>(option);
    if (!source)
        return;
    // The ground is ours; text keeps its colour on it.
    QStyleOptionViewItem item(*source);
    const Tokens& t = Theme::current().tokens();
    for (const auto role : {QPalette::HighlightedText, QPalette::Text})
        item.palette.setColor(QPalette::Normal, role, t.text);
    item.palette.setColor(QPalette::Inactive, QPalette::HighlightedText, t.text);
    item.state &= ~State_HasFocus;
    QProxyStyle::drawControl(CE_ItemViewItem, &item, painter, widget);
    if (showsFocusRing(*option, widget))
        paintFocusRing(*painter, QRectF(option->rect).adjusted(2, 1, -2, -1), radius::kControl);
}

void HearthStyle::drawProgress(const QStyleOption* option, QPainter* painter,
                               const QWidget*) const {
    const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option);
    if (!bar)
        return;
    const Tokens& t = Theme::current().tokens();
    QRectF track = option->rect;
    track.setHeight(qMin<qreal>(track.height(), size::kProgress));
    track.moveCenter(QRectF(option->rect).center());
    const qreal corner = track.height() / 2;
    paintPanel(*painter, track, corner, blend(t.sunken, t.borderStrong, 0.22));
    QRectF filled = track;
    const bool busy = bar->minimum == bar->maximum;
    if (busy) {
        filled.setWidth(track.width() * 0.3);
        filled.moveLeft(track.left() + (track.width() - filled.width()) * (bar->progress / 1000.0));
    } else {
        const double share = static_cast<double>(bar->progress - bar->minimum) /
                             qMax(1, bar->maximum - bar->minimum);
        filled.setWidth(track.width() * qBound(0.0, share, 1.0));
    }
    if (filled.width() > 0) {
        filled.setWidth(qMax(filled.width(), track.height()));
        paintPanel(*painter, filled, corner, t.accent);
    }
}

int HearthStyle::pixelMetric(PixelMetric metric, const QStyleOption* option,
                             const QWidget* widget) const {
    switch (metric) {
    case PM_ButtonMargin:
        return space::kMd;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_MenuPanelWidth:
        return 0;
    case PM_MenuHMargin:
    case PM_MenuVMargin:
    case PM_ToolTipLabelFrameWidth:
        return space::kXs;
    case PM_ScrollBarExtent:
        return size::kScrollBar;
    case PM_ScrollBarSliderMin:
        return space::k2xl;
    case PM_ScrollView_ScrollBarOverlap:
        return 0;
    case PM_ScrollView_ScrollBarSpacing:
        return 0;
    case PM_DefaultFrameWidth:
        return qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QMenu*>(widget) ? 2 : 1;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
        return kCheckSide + 2 * kCheckRoom;
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing:
        return space::kSm - kCheckRoom;
    case PM_SliderThickness:
    case PM_SliderControlThickness:
    case PM_SliderLength:
        return size::kIcon;
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
        return size::kIconSmall;
    case PM_SplitterWidth:
        return 1;
    case PM_LayoutLeftMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutBottomMargin:
        return space::kLg;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return space::kSm;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize HearthStyle::sizeFromContents(ContentsType type, const QStyleOption* option,
                                    const QSize& size, const QWidget* widget) const {
    const int control = qMax(static_cast<int>(size::kControl),
                             Theme::current().lineHeight(TextStyle::Ui) + space::kMd);
    switch (type) {
    case CT_PushButton: {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        const int menu = button && (button->features & QStyleOptionButton::HasMenu)
                             ? size::kIconSmall + space::kXs
                             : 0;
        return {size.width() + 2 * space::kMd + menu, control};
    }
    case CT_LineEdit:
        return {size.width() + 2 * space::kXs, control};
    case CT_SpinBox:
        return {size.width() + space::k2xl, control};
    case CT_ComboBox: {
        const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
        return {base.width() + space::kLg, control};
    }
    case CT_MenuItem: {
        const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
        if (item && item->menuItemType == QStyleOptionMenuItem::Separator)
            return {space::kXl, kMenuSeparatorHeight};
        const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
        return {base.width() + space::kXl,
                qMax(kMenuItemHeight, Theme::current().lineHeight(TextStyle::Ui) + space::kMd)};
    }
    case CT_ItemViewItem: {
        const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
        return {base.width() + space::kSm, qMax(base.height(), control)};
    }
    default:
        return QProxyStyle::sizeFromContents(type, option, size, widget);
    }
}

QRect HearthStyle::subElementRect(SubElement element, const QStyleOption* option,
                                  const QWidget* widget) const {
    switch (element) {
    case SE_PushButtonContents:
    case SE_PushButtonBevel:
        return option->rect;
    case SE_LineEditContents:
        return hasOwnFrame(widget) ? option->rect.adjusted(space::kSm, 0, -space::kSm, 0)
                                   : QProxyStyle::subElementRect(element, option, widget);
    case SE_ProgressBarContents:
    case SE_ProgressBarGroove:
        return option->rect;
    default:
        return QProxyStyle::subElementRect(element, option, widget);
    }
}

int HearthStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                           QStyleHintReturn* returnData) const {
    switch (hint) {
    case SH_ComboBox_Popup:
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_UnderlineShortcut:
    case SH_DialogButtonBox_ButtonsHaveIcons:
    case SH_ScrollBar_Transient:
        return 0;
    case SH_ScrollView_FrameOnlyAroundContents:
        return qobject_cast<const QTextEdit*>(widget) ? 0 : 1;
    case SH_Menu_MouseTracking:
    case SH_ItemView_ShowDecorationSelected:
    case SH_Slider_AbsoluteSetButtons:
        return hint == SH_Slider_AbsoluteSetButtons ? static_cast<int>(Qt::LeftButton) : 1;
    case SH_Widget_Animate:
        return Theme::current().reducedMotion() ? 0 : 1;
    case SH_ToolTip_WakeUpDelay:
        return 500;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returnData);
    }
}

QIcon HearthStyle::standardIcon(StandardPixmap standardPixmap, const QStyleOption* option,
                                const QWidget* widget) const {
    switch (standardPixmap) {
    case SP_LineEditClearButton:
    case SP_TitleBarCloseButton:
        return themeIcon(Icon::Close);
    case SP_MessageBoxWarning:
        return themeIcon(Icon::Warning, ColorRole::Warn);
    case SP_MessageBoxInformation:
    case SP_MessageBoxQuestion:
        return themeIcon(Icon::Info, ColorRole::Series2);
    case SP_MessageBoxCritical:
        return themeIcon(Icon::Error, ColorRole::Error);
    default:
        return QProxyStyle::standardIcon(standardPixmap, option, widget);
    }
}

QPalette HearthStyle::standardPalette() const {
    return Theme::current().palette();
}

} // namespace hearth::ui
