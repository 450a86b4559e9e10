#pragma once

#include "view/chat/chat_source.h"
#include "view/chat/chat_view.h"
#include "view/chat/message_item.h"
#include "view/theme/icons.h"

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QPointer>
#include <QRectF>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

class QKeyEvent;

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
    Attachment, ///< The position's offset is its index.
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
               (kind != HitKind::CodeCopy || position.block == other.position.block) &&
               (kind != HitKind::Attachment || position.offset == other.position.offset);
    }
    /// Also tells links apart.
    bool isSameTarget(const Hit& other) const {
        return isSame(other) && position.block == other.position.block &&
               position.offset == other.position.offset && link == other.link;
    }
};

/// What the keyboard can reach in a message; a small button where it stands in the row under it.
struct Target {
    Hit hit;
    QRectF rect; ///< From the column's left and the message's top.
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

    static ChatViewPrivate& of(ChatView& view) { return *view.m_private; }

    // The source (chat_view_source.cpp)
    void setSource(ChatSource* source);
    void reload();
    void onInserted(int first, int added);
    void onRemoved(int first, int gone);
    void onStateChanged(int message);
    void onTextReplaced(int message);
    /// The messages from first on have moved by step; -step of them from first on are gone.
    void shiftPlaces(int first, int step);
    void wake(); ///< A frame is wanted.
    /// Screen readers hear of a streamed text by the sentence, not by the token.
    void announce(int message);

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
    qreal blockTop(int message, int block) const; ///< In the message.
    qreal messageHeight(int message) const;
    int messageAt(qreal y) const;
    int maximumScroll() const;
    bool prepare(int message);
    void updateFoot(int message);
    /// Scrolls as little as brings a part of a message into sight; top in the message.
    void reveal(int message, qreal top, qreal height);
    /// Brings a place in a text into sight, laying out what is around it.
    void reveal(const TextPosition& position);
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
    void paintBlock(QPainter& painter, int message, int block, const QPointF& origin,
                    const QRectF& exposed);
    void paintFound(QPainter& painter, int message, int block, const QPointF& origin,
                    const QRectF& exposed);
    void paintEmpty(QPainter& painter);
    void paintCursor(QPainter& painter, int message, const QPointF& origin);
    void paintThought(QPainter& painter, int message, const QRectF& rect);
    qreal pulse() const;
    void updatePulse();

    // What stands under a message (chat_view_foot.cpp)
    void paintFoot(QPainter& painter, int message, const QPointF& origin);
    void paintStatus(QPainter& painter, int message, qreal top);
    void paintError(QPainter& painter, int message, const QPointF& origin);
    std::vector<Target> footButtons(int message) const;
    std::vector<Target> targets(int message) const;
    QRectF errorRect(int message) const;
    QRectF errorButtonRect(int message) const;
    qreal rowTop(int message) const; ///< Of the row of actions, in the message.
    bool showsActions(int message) const;

    // Input (chat_view_input.cpp)
    Hit hitAt(const QPointF& point) const;
    TextPosition positionAt(const QPointF& point) const;
    void activate(const Hit& hit);
    void activateAction(const ChatMessage& message, MessageAction action);
    void setHover(const Hit& hit);
    QString toolTipOf(const Hit& hit) const;
    void moveCurrent(int step);
    void setCurrent(int message);
    /// To the next or previous of the chosen message's targets; false at their end.
    bool moveTarget(int step);
    bool activateTarget();
    bool keyPressed(QKeyEvent& event);

    // Selection (chat_view_selection.cpp)
    enum class Unit { Character, Word, Block };
    void select(const TextPosition& anchor, const TextPosition& caret);
    /// From where the pointer was pressed to where it is, in whole units.
    void selectTo(const TextPosition& position);
    void startSelection(const TextPosition& position, Unit unit, bool extend);
    std::pair<TextPosition, TextPosition> unitAt(const TextPosition& position, Unit unit) const;
    TextRange selectionIn(int message, int block) const;
    QString selectedText() const;
    QString codeText(int message, int block) const;
    void autoScroll();
    bool extendSelection(QKeyEvent& event);
    TextPosition movedCaret(TextPosition caret, QKeyEvent& event);
    TextPosition stepBlock(TextPosition caret, int step) const;
    TextPosition movedByLine(const TextPosition& caret, int step);

    // Search (chat_view_find.cpp)
    void find(const QString& text);
    void findStep(int step);
    /// Searches for a while; goes on with the next frame where something is left.
    void findSlice();
    bool findIn(int message, const QElapsedTimer& clock);
    void findCount();
    void setFindCurrent(int message, int match, bool show);
    struct FindPlace {
        int message = -1;
        int block = 0;
        int start = 0;

        auto operator<=>(const FindPlace&) const = default;
    };
    FindPlace findOrigin() const;

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
    std::pair<TextPosition, TextPosition> m_selectionOrigin; ///< The unit that was pressed.
    Unit m_selectionUnit = Unit::Character;
    qreal m_caretX = -1; ///< Where Shift+Up and Down want to stay; -1: the caret's own.
    bool m_selecting = false;
    bool m_allSelected = false;
    QElapsedTimer m_doubleClicked;
    QPointF m_doubleClickedAt;
    Hit m_hover;
    int m_hoverMessage = -1;
    Hit m_pressed;
    QPointF m_pointer;
    int m_current = -1;    ///< The message that the keyboard has chosen.
    Hit m_target;          ///< And what of it; Nothing: the message itself.
    TextPosition m_copied; ///< The code block that says "Copied".

    QString m_findText;
    FindPlace m_findCurrent;
    FindPlace m_findOrigin;   ///< The first match from here on becomes the current one.
    bool m_findWaits = false; ///< It is still looked for.
    int m_findNumber = 0;
    int m_findTotal = 0;
    QBasicTimer m_findTimer;

    /// Of the message that streams: how much of its readable text was announced.
    struct Announced {
        QString id;
        int length = 0;
    } m_announced;

    QString m_emptyTitle;
    QString m_emptyText;
    QBasicTimer m_flushTimer;
    QBasicTimer m_pulseTimer;
    QBasicTimer m_copiedTimer;
    QBasicTimer m_scrollTimer;
    class IconButton* m_toBottom = nullptr;
};

} // namespace hearth::ui
