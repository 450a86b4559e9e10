#include "view/chat/chat_view_private.h"

#include "view/chat/highlighter.h"
#include "view/components/code_header.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QScrollBar>
#include <QTextLayout>
#include <QTime>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hearth::ui {
namespace {

constexpr int kPulseFrame = 50;
constexpr int kCursorWidth = 8;
constexpr int kButtonSide = 28;
constexpr int kStatusBar = 160;
constexpr int kDot = 8;
constexpr int kMark = 72;

} // namespace

qreal ChatViewPrivate::pulse() const {
    if (Theme::current().reducedMotion())
        return 1.0;
    const double turn =
        static_cast<double>(QTime::currentTime().msecsSinceStartOfDay() % motion::kPulse) /
        motion::kPulse;
    return 0.5 + 0.5 * std::cos(2 * std::numbers::pi * turn);
}

/// Runs the pulse only while something that pulses may be in sight: it is always in the last ones.
void ChatViewPrivate::updatePulse() {
    const bool live = !Theme::current().reducedMotion() && m_view.isVisible() &&
                      std::any_of(m_items.begin(), m_items.end(), [](const auto& shown) {
                          const MessageState state = shown->meta().state;
                          return state == MessageState::Streaming ||
                                 state == MessageState::Queued || state == MessageState::Prefilling;
                      });
    if (live && !m_pulseTimer.isActive())
        m_pulseTimer.start(kPulseFrame, &m_view);
    else if (!live)
        m_pulseTimer.stop();
}

void ChatViewPrivate::paint(QPainter& painter, const QRect& exposed) {
    const Tokens& t = Theme::current().tokens();
    painter.fillRect(exposed, t.canvas);
    if (m_items.empty())
        return paintEmpty(painter);
    const int scroll = m_view.verticalScrollBar()->value();
    painter.translate(columnLeft(), -scroll);
    const QRectF area = QRectF(exposed).translated(-columnLeft(), static_cast<qreal>(scroll));
    for (int i = messageAt(area.top()); i >= 0 && i < count(); ++i) {
        const qreal top = messageTop(i);
        if (top > area.bottom())
            break;
        paintMessage(painter, i, top, area);
    }
}

void ChatViewPrivate::paintMessage(QPainter& painter, int message, qreal top,
                                   const QRectF& exposed) {
    MessageItem& shown = item(message);
    if (!shown.isLoaded())
        return;
    const Tokens& t = Theme::current().tokens();
    if (shown.isPerson() && shown.hasText())
        paintPanel(painter, shown.bubbleRect().translated(0, top), radius::kComposer, t.sunken,
                   t.dark ? t.border : QColor());
    if (message == m_current && m_view.hasFocus())
        paintPanel(painter,
                   QRectF(-space::kMd, top - space::kSm, columnWidth() + 2 * space::kMd,
                          messageHeight(message) + space::kMd),
                   radius::kCard, QColor(), t.accent, size::kFocusRing);
    const qreal left = shown.bodyLeft();
    forBlocks(message, [&](int block, qreal y) {
        const QPointF origin(left, top + y);
        if (origin.y() > exposed.bottom())
            return false;
        if (origin.y() + shown.blockHeight(block) < exposed.top())
            return true;
        shown.ensureLayout(block);
        const BlockLayout* laid = shown.layout(block);
        const QRectF clip = exposed.translated(-origin);
        laid->paint(painter, origin, clip.translated(origin), selectionIn(message, block));
        const QRectF header = laid->codeHeaderRect();
        if (header.isValid()) {
            CodeHeader line{languageTitle(laid->block().language), CodeHeader::Copy::Rest};
            const TextPosition here{message, block, 0};
            const bool hovered = m_hover.kind == HitKind::CodeCopy &&
                                 m_hover.position.message == message &&
                                 m_hover.position.block == block;
            if (m_copied == here)
                line.copy = CodeHeader::Copy::Copied;
            else if (hovered)
                line.copy = m_pressed.kind == HitKind::CodeCopy ? CodeHeader::Copy::Pressed
                                                                : CodeHeader::Copy::Hovered;
            line.paint(painter, header.translated(origin));
        }
        if (laid->block().kind == Block::Kind::Thought)
            paintThought(painter, message,
                         QRectF(origin, QSizeF(columnWidth(), shown.blockHeight(block))));
        return true;
    });
    paintFoot(painter, message, QPointF(0, top));
}

void ChatViewPrivate::paintThought(QPainter& painter, int message, const QRectF& rect) {
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    const MessageItem& shown = item(message);
    const bool open = shown.isThoughtOpen();
    const bool running =
        shown.block(0).thoughtOpen && shown.meta().state == MessageState::Streaming;
    const QString text = running ? ChatView::tr("Thinking…") : ChatView::tr("Thoughts");
    const qreal words = QFontMetricsF(theme.font(TextStyle::Ui)).horizontalAdvance(text);
    const bool hovered = m_hover.kind == HitKind::Thought && m_hover.position.message == message;
    const qreal ratio = painter.device()->devicePixelRatioF();
    const int side = size::kIconSmall;
    const qreal iconTop = rect.top() + (rect.height() - side) / 2;
    QColor color = hovered ? t.text : t.muted;
    if (running)
        color = blend(t.muted, t.accent, pulse());
    painter.drawPixmap(QPointF(rect.left(), iconTop),
                       iconPixmap(Icon::Thought, color, side, ratio));
    paintText(painter, rect.adjusted(side + space::kSm - 2, 0, 0, 0), TextStyle::Ui,
              hovered ? t.text : t.muted, text);
    painter.drawPixmap(QPointF(rect.left() + side + space::kSm + words + 2, iconTop),
                       iconPixmap(open ? Icon::ChevronDown : Icon::ChevronRight,
                                  hovered ? t.text : t.muted, side, ratio));
}

qreal ChatViewPrivate::rowTop(int message) const {
    const int line = Theme::current().lineHeight(TextStyle::Caption) + space::kSm;
    return messageHeight(message) - qMax(kButtonSide, line);
}

bool ChatViewPrivate::showsActions(int message) const {
    const MessageState state = item(message).meta().state;
    if (item(message).meta().role == ChatRole::Notice || state == MessageState::Queued ||
        state == MessageState::Prefilling || state == MessageState::Streaming)
        return false;
    const bool isLast = message == count() - 1 && !item(message).isPerson();
    return isLast || message == m_hoverMessage || message == m_current;
}

std::vector<FootButton> ChatViewPrivate::footButtons(int message) const {
    std::vector<FootButton> buttons;
    const MessageItem& shown = item(message);
    const ChatMessage& meta = shown.meta();
    const qreal top = rowTop(message);
    const auto add = [&](HitKind kind, Icon glyph, const QString& name, qreal width,
                         MessageAction action = MessageAction::Copy) {
        FootButton button;
        button.hit.kind = kind;
        button.hit.position.message = message;
        button.hit.action = action;
        const qreal x = buttons.empty() ? 0 : buttons.back().rect.right() + 1;
        button.rect = QRectF(x, top, width, kButtonSide);
        button.glyph = glyph;
        button.name = name;
        buttons.push_back(button);
    };
    if (showsActions(message)) {
        if (meta.actions & MessageAction::Copy)
            add(HitKind::Action, Icon::Copy, ChatView::tr("Copy"), kButtonSide);
        if (meta.actions & MessageAction::Regenerate)
            add(HitKind::Action, Icon::Refresh, ChatView::tr("Regenerate"), kButtonSide,
                MessageAction::Regenerate);
        if (meta.actions & MessageAction::Edit)
            add(HitKind::Action, Icon::Edit, ChatView::tr("Edit"), kButtonSide,
                MessageAction::Edit);
        if (meta.actions & MessageAction::Continue)
            add(HitKind::Action, Icon::ArrowDown, ChatView::tr("Continue"), kButtonSide,
                MessageAction::Continue);
    }
    if (meta.versions > 1) {
        add(HitKind::PreviousVersion, Icon::ChevronLeft, ChatView::tr("Previous version"),
            kButtonSide - space::kXs);
        const QString which = QStringLiteral("%1/%2").arg(meta.version).arg(meta.versions);
        const qreal words =
            QFontMetricsF(Theme::current().font(TextStyle::Figure)).horizontalAdvance(which);
        add(HitKind::Nothing, Icon::Branch, QString(), std::ceil(words) + space::kXs);
        buttons.back().text = which;
        add(HitKind::NextVersion, Icon::ChevronRight, ChatView::tr("Next version"),
            kButtonSide - space::kXs);
    }
    qreal shift = -6; // The icons' own margin: the first one lines up with the text above.
    if (shown.isPerson() && !buttons.empty())
        shift = columnWidth() - buttons.back().rect.right() + 6;
    for (FootButton& button : buttons)
        button.rect.translate(shift, 0);
    return buttons;
}

QRectF ChatViewPrivate::errorRect(int message) const {
    const MessageItem& shown = item(message);
    const Theme& theme = Theme::current();
    const qreal textLeft = space::kMd + size::kIcon + space::kSm;
    QTextLayout lines;
    int height = breakLines(lines, shown.meta().error, TextStyle::Ui,
                            columnWidth() - textLeft - space::kMd);
    height = qMax(height, theme.lineHeight(TextStyle::Ui)) + 2 * space::kMd;
    if (!shown.meta().errorAction.isEmpty())
        height += size::kControl + space::kSm;
    const qreal top = shown.bodyHeight() + (shown.hasText() ? space::kMd : 0);
    return {0, top, columnWidth(), static_cast<qreal>(height)};
}

QRectF ChatViewPrivate::errorButtonRect(int message) const {
    const ChatMessage& meta = item(message).meta();
    if (meta.state != MessageState::Failed || meta.errorAction.isEmpty())
        return {};
    const QRectF panel = errorRect(message);
    const qreal words = QFontMetricsF(Theme::current().font(TextStyle::UiStrong))
                            .horizontalAdvance(meta.errorAction);
    return {panel.left() + space::kMd + size::kIcon + space::kSm,
            panel.bottom() - space::kMd - size::kControl, std::ceil(words) + 2 * space::kMd,
            static_cast<qreal>(size::kControl)};
}

void ChatViewPrivate::paintCursor(QPainter& painter, int message, const QPointF& origin) {
    const MessageItem& shown = item(message);
    QRectF caret(0, 0, 1, Theme::current().lineHeight(TextStyle::Chat));
    int last = shown.blockCount() - 1;
    if (last > 0 && shown.isHidden(last))
        last = 0;
    const qreal lastTop =
        last < 0 ? 0 : shown.bodyHeight() - shown.bodyTop() - shown.blockHeight(last);
    if (last >= 0 && shown.block(last).kind == Block::Kind::Thought)
        return;
    if (last >= 0 && shown.layout(last))
        caret = shown.layout(last)
                    ->caretAt(static_cast<int>(shown.block(last).text.size()))
                    .translated(0, lastTop);
    QColor color = Theme::current().tokens().accent;
    color.setAlphaF(static_cast<float>(0.35 + 0.65 * pulse()));
    const qreal height =
        qMin<qreal>(caret.height(), Theme::current().font(TextStyle::Chat).pixelSize() + 2);
    paintPanel(painter,
               QRectF(origin.x() + caret.left() + 2, origin.y() + caret.center().y() - height / 2,
                      kCursorWidth, height),
               2, color);
}

void ChatViewPrivate::paintFoot(QPainter& painter, int message, const QPointF& origin) {
    const MessageItem& shown = item(message);
    const ChatMessage& meta = shown.meta();
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    const qreal ratio = painter.device()->devicePixelRatioF();
    const qreal bodyEnd = origin.y() + shown.bodyHeight();
    if (meta.state == MessageState::Queued || meta.state == MessageState::Prefilling) {
        const qreal middle = bodyEnd + size::kControl / 2.0;
        qreal x = 0;
        if (meta.state == MessageState::Prefilling) {
            const QRectF track(0, middle - size::kProgress / 2.0, kStatusBar, size::kProgress);
            paintPanel(painter, track, track.height() / 2, blend(t.sunken, t.borderStrong, 0.22));
            painter.save();
            painter.setClipRect(
                QRectF(track.topLeft(),
                       QSizeF(track.width() * qBound(0.0, meta.progress, 1.0), track.height())),
                Qt::IntersectClip);
            paintPanel(painter, track, track.height() / 2, t.accent);
            painter.restore();
            x = track.right() + space::kMd;
        } else {
            QColor color = t.accent;
            color.setAlphaF(static_cast<float>(0.3 + 0.7 * pulse()));
            paintPanel(painter, QRectF(0, middle - kDot / 2.0, kDot, kDot), kDot / 2.0, color);
            x = kDot + space::kSm;
        }
        paintText(painter, QRectF(x, bodyEnd, columnWidth() - x, size::kControl),
                  TextStyle::Caption, t.muted, meta.status);
        return;
    }
    if (meta.state == MessageState::Streaming)
        paintCursor(painter, message, origin);
    if (meta.state == MessageState::Failed) {
        const QRectF panel = errorRect(message).translated(origin);
        paintPanel(painter, panel, radius::kCard, t.tint(t.error), blend(t.border, t.error, 0.35));
        painter.drawPixmap(panel.topLeft() + QPointF(space::kMd, space::kMd),
                           iconPixmap(Icon::Error, t.error, size::kIcon, ratio));
        const QRectF words = panel.adjusted(space::kMd + size::kIcon + space::kSm, space::kMd,
                                            -space::kMd, -space::kMd);
        QTextLayout lines;
        breakLines(lines, meta.error, TextStyle::Ui, words.width());
        painter.setPen(t.text);
        lines.draw(&painter, words.topLeft());
        const QRectF button = errorButtonRect(message).translated(origin);
        if (!button.isEmpty()) {
            const bool hovered =
                m_hover.kind == HitKind::ErrorAction && m_hover.position.message == message;
            paintPanel(painter, button, radius::kControl, t.surface,
                       blend(t.border, t.borderStrong, hovered ? 0.8 : 0.4));
            if (hovered)
                paintPanel(painter, button, radius::kControl, t.wash(1.0));
            paintText(painter, button, TextStyle::UiStrong, t.text, meta.errorAction,
                      Qt::AlignCenter);
        }
    }
    if (meta.role == ChatRole::Notice)
        return;
    const std::vector<FootButton> buttons = footButtons(message);
    qreal textLeft = 0;
    for (const FootButton& button : buttons) {
        const QRectF rect = button.rect.translated(origin);
        const bool hovered = button.hit.kind != HitKind::Nothing && m_hover.isSame(button.hit);
        if (hovered)
            paintPanel(painter, rect, radius::kControl,
                       t.wash(m_pressed.isSame(button.hit) ? 2.2 : 1.3));
        if (button.text.isEmpty())
            painter.drawPixmap(
                rect.center() - QPointF(size::kIconSmall, size::kIconSmall) / 2.0,
                iconPixmap(button.glyph, hovered ? t.text : t.muted, size::kIconSmall, ratio));
        else
            paintText(painter, rect, TextStyle::Figure, t.muted, button.text, Qt::AlignCenter);
        textLeft = button.rect.right() + space::kSm;
    }
    if (!meta.footer.isEmpty() && !shown.isPerson())
        paintText(
            painter,
            QRectF(textLeft, origin.y() + rowTop(message), columnWidth() - textLeft, kButtonSide),
            TextStyle::Caption, t.muted, meta.footer);
}

void ChatViewPrivate::paintEmpty(QPainter& painter) {
    if (m_emptyTitle.isEmpty())
        return;
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    const QRectF area = m_view.viewport()->rect();
    const qreal width = qMin<qreal>(columnWidth(), size::kChatColumn * 0.72);
    const QFontMetricsF metrics(theme.font(TextStyle::Chat));
    const qreal textHeight =
        m_emptyText.isEmpty()
            ? 0
            : metrics.boundingRect(QRectF(0, 0, width, 1e4), Qt::TextWordWrap, m_emptyText)
                  .height();
    const int titleHeight = theme.lineHeight(TextStyle::Display);
    const qreal whole = kMark + space::kLg + titleHeight + space::kSm + textHeight;
    qreal y = qMax<qreal>(space::kXl, (area.height() - whole) * 0.44);
    const qreal left = (area.width() - width) / 2;
    applicationIcon().paint(&painter,
                            QRect(qRound((area.width() - kMark) / 2), qRound(y), kMark, kMark));
    y += kMark + space::kLg;
    paintText(painter, QRectF(left, y, width, titleHeight), TextStyle::Display, t.text,
              m_emptyTitle, Qt::AlignCenter);
    y += titleHeight + space::kSm;
    painter.setFont(theme.font(TextStyle::Chat));
    painter.setPen(t.muted);
    painter.drawText(QRectF(left, y, width, textHeight + 2), Qt::TextWordWrap | Qt::AlignHCenter,
                     m_emptyText);
}

} // namespace hearth::ui
