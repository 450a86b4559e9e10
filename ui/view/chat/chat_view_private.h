#pragma once

#include "view/chat/chat_source.h"
#include "view/chat/chat_view.h"
#include "view/chat/message_item.h"
#include "view/theme/icons.h"

#include <QBasicTimer>
#include <QPointer>
#include <QRectF>

#include <memory>
#include <optional>
#include <vector>

namespace hearth::ui {

/// Where a caret can stand.
struct TextPosition {
    int message = -1;
    int block = 0;
    int offset = 0;

    auto operator<=>(const TextPosition&) const = default;
};

enum class HitKind {
    Nothing,
    Text,
    Link,
    CodeCopy,
    Thought,
    Action,
    ErrorAction,
    PreviousVersion,
    NextVersion,
};

/// What is under the pointer.
struct Hit {
    HitKind kind = HitKind::Nothing;
    TextPosition position;
    QString link;
    MessageAction action = MessageAction::Copy;

    bool isSame(const Hit& other) const {
        return kind == other.kind && position.message == other.position.message &&
               action == other.action &&
               (kind != HitKind::CodeCopy || position.block == other.position.block);
    }
};

/// A small button in the row under a message.
struct FootButton {
    Hit hit;
    QRectF rect; ///< In the row's coordinates: column left, row top.
    Icon glyph = Icon::Copy;
    QString name;
    QString text; ///< Instead of an icon.
};

/// State and work of a ChatView. Content coordinates: x from the viewport's left, y from the top of
/// the conversation.
class ChatViewPrivate {
public:
    explicit ChatViewPrivate(ChatView& view)
        : m_view(view) {}

    void setSource(ChatSource* source);
    void reload();
    void announce(int message, const QString& piece);

    // Layout (chat_view_layout.cpp)
    void relayout();
    void flush();
    void releaseFarLayouts();
    void onScrolled();
    void onResized();
    void dropLayouts();
    qreal columnLeft() const;
    qreal columnWidth() const;
    qreal contentHeight() const;
    qreal gapAfter(int message) const;
    qreal messageTop(int message) const;
    qreal messageHeight(int message) const;
    int messageAt(qreal y) const;
    int maximumScroll() const;
    bool prepare(int message);
    void updateFoot(int message);
    /// Calls visit(block, top) for each block that is not folded away, top in the message.
    template<class Visit>
    void forBlocks(int message, Visit visit) const {
        const MessageItem& item = *m_items[static_cast<std::size_t>(message)];
        qreal y = item.bodyTop();
        for (int i = 0; i < item.blockCount(); ++i) {
            if (item.isHidden(i))
                continue;
            y += item.gapBefore(i);
            if (!visit(i, y))
                return;
            y += item.blockHeight(i);
        }
    }

    // Painting (chat_view_paint.cpp)
    void paint(QPainter& painter, const QRect& exposed);
    void paintMessage(QPainter& painter, int message, qreal top, const QRectF& exposed);
    void paintFoot(QPainter& painter, int message, const QPointF& origin);
    void paintEmpty(QPainter& painter);
    void paintCursor(QPainter& painter, int message, const QPointF& origin);
    void paintThought(QPainter& painter, int message, const QRectF& rect);
    std::vector<FootButton> footButtons(int message) const;
    QRectF errorRect(int message) const;
    QRectF errorButtonRect(int message) const;
    qreal rowTop(int message) const; ///< Of the row of actions, in the message.
    bool showsActions(int message) const;
    qreal pulse() const;
    void updatePulse();

    // Input (chat_view_input.cpp)
    Hit hitAt(const QPointF& point) const;
    TextPosition positionAt(const QPointF& point) const;
    void activate(const Hit& hit);
    void setHover(const Hit& hit);
    void select(const TextPosition& anchor, const TextPosition& caret);
    TextRange selectionIn(int message, int block) const;
    QString selectedText() const;
    QString codeText(int message, int block) const;
    void selectWord(const TextPosition& position);
    void autoScroll();
    void moveCurrent(int step);

    MessageItem& item(int message) const { return *m_items[static_cast<std::size_t>(message)]; }
    int count() const { return static_cast<int>(m_items.size()); }

    ChatView& m_view;
    QPointer<ChatSource> m_source;
    std::vector<std::unique_ptr<MessageItem>> m_items;
    mutable std::vector<qreal> m_tops; ///< Of the messages; empty: to be summed again.

    bool m_sticky = true;
    struct Anchor {
        int message = 0;
        int block = -1;     ///< -1: the message's top.
        qreal offset = 0.0; ///< From the anchor's top down to the viewport's.
    } m_anchor;
    bool m_adjusting = false; ///< The scroll bar moves because of us.

    TextPosition m_selectionAnchor;
    TextPosition m_selectionCaret;
    bool m_selecting = false;
    bool m_allSelected = false;
    Hit m_hover;
    int m_hoverMessage = -1;
    Hit m_pressed;
    QPointF m_pointer;
    int m_current = -1;    ///< The message that the keyboard has chosen.
    TextPosition m_copied; ///< The code block that says "Copied".

    QString m_emptyTitle;
    QString m_emptyText;
    QBasicTimer m_flushTimer;
    QBasicTimer m_pulseTimer;
    QBasicTimer m_copiedTimer;
    QBasicTimer m_scrollTimer;
    class IconButton* m_toBottom = nullptr;
};

} // namespace hearth::ui
