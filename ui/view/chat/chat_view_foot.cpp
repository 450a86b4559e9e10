#include "view/chat/chat_view_private.h"

#include "view/components/code_header.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kButtonSide = 28;
constexpr int kStatusBar = 160;
constexpr int kDot = 8;

} // namespace

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

std::vector<Target> ChatViewPrivate::footButtons(int message) const {
    std::vector<Target> buttons;
    const MessageItem& shown = item(message);
    const ChatMessage& meta = shown.meta();
    const qreal top = rowTop(message);
    const auto add = [&](HitKind kind, Icon glyph, const QString& name, qreal width,
                         MessageAction action = MessageAction::Copy) {
        Target button;
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
            add(HitKind::Action, Icon::Continue, ChatView::tr("Continue"), kButtonSide,
                MessageAction::Continue);
        if (meta.actions & MessageAction::Fork)
            add(HitKind::Action, Icon::Fork, ChatView::tr("Branch to a new chat"), kButtonSide,
                MessageAction::Fork);
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
    for (Target& button : buttons)
        button.rect.translate(shift, 0);
    return buttons;
}

QRectF ChatViewPrivate::errorRect(int message) const {
    const MessageItem& shown = item(message);
    const Theme& theme = Theme::current();
    const qreal textLeft = space::kMd + size::kIcon + space::kSm;
    QTextLayout lines;
    int height =
        breakLines(lines, shown.meta().error, TextStyle::Ui, columnWidth() - textLeft - space::kMd);
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

/// In the order in which they are read. Of the text only what is laid out, which is what is near.
std::vector<Target> ChatViewPrivate::targets(int message) const {
    std::vector<Target> all;
    const MessageItem& shown = item(message);
    const auto add = [&](HitKind kind, const QRectF& rect, int block, int offset) -> Target& {
        Target target;
        target.hit.kind = kind;
        target.hit.position = {message, block, offset};
        target.rect = rect;
        all.push_back(target);
        return all.back();
    };
    for (int i = 0; i < static_cast<int>(shown.meta().attachments.size()); ++i)
        add(HitKind::Attachment, shown.attachmentRect(i), 0, i);
    const qreal left = shown.bodyLeft();
    forBlocks(message, [&](int block, qreal y) {
        const BlockLayout* laid = shown.layout(block);
        if (!laid)
            return true;
        const QPointF origin(left, y);
        const QRectF header = laid->codeHeaderRect();
        if (header.isValid())
            add(HitKind::CodeCopy, CodeHeader::copyRect(header).translated(origin), block, 0);
        if (laid->block().kind == Block::Kind::Thought)
            add(HitKind::Thought, QRectF(origin, QSizeF(columnWidth(), laid->height())), block, 0);
        for (const Span& span : laid->block().spans)
            if (span.link >= 0) {
                Target& link =
                    add(HitKind::Link, laid->rectOf(span).translated(origin), block, span.start);
                link.hit.link = laid->block().links.value(span.link);
            }
        return true;
    });
    if (const QRectF button = errorButtonRect(message); !button.isEmpty())
        add(HitKind::ErrorAction, button, 0, 0);
    for (const Target& button : footButtons(message))
        if (button.hit.kind != HitKind::Nothing)
            all.push_back(button);
    return all;
}

void ChatViewPrivate::paintStatus(QPainter& painter, int message, qreal top) {
    const ChatMessage& meta = item(message).meta();
    const Tokens& t = Theme::current().tokens();
    const qreal middle = top + size::kControl / 2.0;
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
    paintText(painter, QRectF(x, top, columnWidth() - x, size::kControl), TextStyle::Caption,
              t.muted, meta.status);
}

void ChatViewPrivate::paintError(QPainter& painter, int message, const QPointF& origin) {
    const ChatMessage& meta = item(message).meta();
    const Tokens& t = Theme::current().tokens();
    const QRectF panel = errorRect(message).translated(origin);
    paintPanel(painter, panel, radius::kCard, t.tint(t.error), blend(t.border, t.error, 0.35));
    painter.drawPixmap(
        panel.topLeft() + QPointF(space::kMd, space::kMd),
        iconPixmap(Icon::Error, t.error, size::kIcon, painter.device()->devicePixelRatioF()));
    const QRectF words =
        panel.adjusted(space::kMd + size::kIcon + space::kSm, space::kMd, -space::kMd, -space::kMd);
    QTextLayout lines;
    breakLines(lines, meta.error, TextStyle::Ui, words.width());
    painter.setPen(t.text);
    lines.draw(&painter, words.topLeft());
    const QRectF button = errorButtonRect(message).translated(origin);
    if (button.isEmpty())
        return;
    const bool hovered =
        m_hover.kind == HitKind::ErrorAction && m_hover.position.message == message;
    paintPanel(painter, button, radius::kControl, t.surface,
               blend(t.border, t.borderStrong, hovered ? 0.8 : 0.4));
    if (hovered)
        paintPanel(painter, button, radius::kControl, t.wash(1.0));
    paintText(painter, button, TextStyle::UiStrong, t.text, meta.errorAction, Qt::AlignCenter);
}

void ChatViewPrivate::paintFoot(QPainter& painter, int message, const QPointF& origin) {
    const MessageItem& shown = item(message);
    const ChatMessage& meta = shown.meta();
    const Tokens& t = Theme::current().tokens();
    if (meta.state == MessageState::Queued || meta.state == MessageState::Prefilling)
        return paintStatus(painter, message, origin.y() + shown.bodyHeight());
    if (meta.state == MessageState::Streaming)
        paintCursor(painter, message, origin);
    if (meta.state == MessageState::Failed)
        paintError(painter, message, origin);
    if (meta.role == ChatRole::Notice)
        return;
    const qreal ratio = painter.device()->devicePixelRatioF();
    qreal textLeft = 0;
    for (const Target& button : footButtons(message)) {
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

} // namespace hearth::ui
