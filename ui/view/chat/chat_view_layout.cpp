#include "view/chat/chat_view_private.h"

#include "view/components/icon_button.h"
#include "view/theme/theme.h"

#include <QElapsedTimer>
#include <QFontMetrics>
#include <QScrollBar>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hearth::ui {
namespace {

constexpr int kFrame = 16;
constexpr qint64 kSliceNanoseconds = 6'000'000;
constexpr qsizetype kSlice = 16 * 1024;
constexpr int kMessageGap = space::kMd; ///< Added to the row of actions, which is mostly empty.
constexpr int kMarginTop = space::kXl;
constexpr int kMarginBottom = space::kLg;
constexpr int kStatusHeight = 32;
constexpr int kRowHeight = 28;
constexpr int kMostLayouts = 600;
constexpr int kKeptScreens = 3;

} // namespace

qreal ChatViewPrivate::columnWidth() const {
    const qreal room = m_view.viewport()->width() - 2.0 * space::kXl;
    const qreal column = size::kChatColumn * Theme::current().textScale();
    return std::floor(qBound<qreal>(space::k3xl, column, qMax<qreal>(space::k3xl, room)));
}

qreal ChatViewPrivate::columnLeft() const {
    return std::floor((m_view.viewport()->width() - columnWidth()) / 2);
}

qreal ChatViewPrivate::messageHeight(int message) const {
    return item(message).bodyHeight() + item(message).footHeight;
}

/// A turn of a person begins something new and stands further off.
qreal ChatViewPrivate::gapAfter(int message) const {
    if (message + 1 >= count())
        return 0.0;
    return item(message + 1).isPerson() ? 2 * kMessageGap : kMessageGap;
}

qreal ChatViewPrivate::messageTop(int message) const {
    if (m_tops.empty()) {
        m_tops.reserve(m_items.size() + 1);
        qreal y = kMarginTop;
        for (int i = 0; i < count(); ++i) {
            m_tops.push_back(y);
            y += messageHeight(i) + gapAfter(i);
        }
        m_tops.push_back(m_items.empty() ? 0 : y + kMarginBottom);
    }
    return m_tops[static_cast<std::size_t>(message)];
}

qreal ChatViewPrivate::contentHeight() const {
    return messageTop(count());
}

int ChatViewPrivate::maximumScroll() const {
    return qMax(0, static_cast<int>(std::ceil(contentHeight())) - m_view.viewport()->height());
}

int ChatViewPrivate::messageAt(qreal y) const {
    if (m_items.empty())
        return -1;
    messageTop(0);
    const auto after = std::upper_bound(m_tops.begin(), m_tops.end() - 1, y);
    return qMax(0, static_cast<int>(after - m_tops.begin()) - 1);
}

qreal ChatViewPrivate::blockTop(int message, int block) const {
    qreal top = 0;
    forBlocks(message, [&](int here, qreal y) {
        top = y;
        return here < block;
    });
    return top;
}

void ChatViewPrivate::reveal(int message, qreal top, qreal height) {
    QScrollBar* bar = m_view.verticalScrollBar();
    const qreal from = messageTop(message) + top;
    const qreal room = m_view.viewport()->height();
    if (from < bar->value())
        bar->setValue(static_cast<int>(std::floor(from)));
    else if (from + height > bar->value() + room)
        bar->setValue(static_cast<int>(std::ceil(qMin(from, from + height - room))));
}

void ChatViewPrivate::reveal(const TextPosition& position) {
    prepare(position.message);
    MessageItem& shown = item(position.message);
    if (position.block >= shown.blockCount())
        return;
    if (shown.ensureLayout(position.block))
        m_tops.clear();
    const QRectF caret = shown.layout(position.block)->caretAt(position.offset);
    const qreal scroll = m_view.verticalScrollBar()->value();
    const qreal room = m_view.viewport()->height();
    const qreal top =
        messageTop(position.message) + blockTop(position.message, position.block) + caret.top();
    if (top >= scroll + space::kSm && top + caret.height() <= scroll + room - space::kSm)
        return;
    // What will stand above it is laid out first: estimates would move it.
    const qreal above = room / 3;
    qreal covered = caret.top();
    int block = position.block;
    for (int message = position.message; message >= 0 && covered < above; --message) {
        prepare(message);
        MessageItem& before = item(message);
        for (block = message == position.message ? block : before.blockCount();
             block > 0 && covered < above;) {
            before.ensureLayout(--block);
            covered += before.gapBefore(block) + before.blockHeight(block);
        }
        covered += before.bodyTop() + (message > 0 ? gapAfter(message - 1) : 0);
    }
    const bool moved = std::exchange(m_sticky, false);
    m_anchor = {position.message, position.block, caret.top() - above};
    relayout();
    onScrolled();
    if (moved && !m_sticky)
        emit m_view.atBottomChanged(false);
}

/// Parses the beginning of a message that comes into sight; true if it had to.
bool ChatViewPrivate::prepare(int message) {
    MessageItem& shown = item(message);
    shown.setWidth(columnWidth());
    if (shown.isLoaded())
        return false;
    shown.load(m_source ? m_source->message(message).text : QString());
    if (shown.advance(kSlice) && !m_flushTimer.isActive())
        m_flushTimer.start(0, &m_view);
    updateFoot(message);
    return true;
}

void ChatViewPrivate::updateFoot(int message) {
    MessageItem& shown = item(message);
    const ChatMessage& meta = shown.meta();
    const Theme& theme = Theme::current();
    qreal height = 0;
    if (meta.state == MessageState::Queued || meta.state == MessageState::Prefilling)
        height += kStatusHeight;
    else if (meta.state == MessageState::Streaming && !shown.hasText())
        height += theme.lineHeight(TextStyle::Chat);
    if (meta.state == MessageState::Failed)
        height += (shown.hasText() ? space::kMd : 0) + errorRect(message).height();
    const bool row = meta.role != ChatRole::Notice && meta.state != MessageState::Queued &&
                     meta.state != MessageState::Prefilling;
    if (row)
        height += space::kXs + qMax(kRowHeight, theme.lineHeight(TextStyle::Caption) + space::kSm);
    shown.footHeight = height;
}

void ChatViewPrivate::relayout() {
    const int viewport = m_view.viewport()->height();
    m_tops.clear();
    QScrollBar* bar = m_view.verticalScrollBar();
    int wanted = 0;
    if (!m_items.empty()) {
        qreal covered = 0;
        if (!m_sticky) {
            m_anchor.message = qBound(0, m_anchor.message, count() - 1);
            covered = -qMax<qreal>(0, m_anchor.offset);
            for (int i = m_anchor.message; i < count() && covered < viewport; ++i) {
                prepare(i);
                MessageItem& shown = item(i);
                const int first = i == m_anchor.message ? qMax(0, m_anchor.block) : 0;
                for (int b = first; b < shown.blockCount() && covered < viewport; ++b) {
                    if (shown.isHidden(b))
                        continue;
                    shown.ensureLayout(b);
                    covered += shown.gapBefore(b) + shown.blockHeight(b);
                }
                covered += shown.footHeight + gapAfter(i);
            }
        }
        if (m_sticky || covered < viewport) {
            covered = 0;
            for (int i = count() - 1; i >= 0 && covered < viewport; --i) {
                prepare(i);
                MessageItem& shown = item(i);
                for (int b = shown.blockCount() - 1; b >= 0 && covered < viewport; --b) {
                    if (shown.isHidden(b))
                        continue;
                    shown.ensureLayout(b);
                    covered += shown.gapBefore(b) + shown.blockHeight(b);
                }
                covered += shown.footHeight + gapAfter(i);
            }
        }
        m_tops.clear();
        wanted = maximumScroll();
        if (!m_sticky) {
            qreal top = messageTop(m_anchor.message);
            if (m_anchor.block >= 0)
                forBlocks(m_anchor.message, [&](int block, qreal y) {
                    if (block < m_anchor.block)
                        return true;
                    top += y;
                    return false;
                });
            wanted = qMin(wanted, qRound(top + m_anchor.offset));
        }
    }
    m_adjusting = true;
    bar->setPageStep(viewport);
    bar->setSingleStep(space::k3xl);
    bar->setRange(0, maximumScroll());
    bar->setValue(qMax(0, wanted));
    m_adjusting = false;
    if (m_toBottom)
        m_toBottom->setVisible(!m_sticky && bar->value() < maximumScroll() - viewport / 4);
    updatePulse();
    m_view.viewport()->update();
}

void ChatViewPrivate::onScrolled() {
    if (m_adjusting)
        return;
    const qreal y = m_view.verticalScrollBar()->value();
    const bool sticky = y >= maximumScroll() - 1;
    const int message = messageAt(y);
    m_anchor = {qMax(0, message), -1, 0.0};
    if (message >= 0) {
        const qreal top = messageTop(message);
        m_anchor.offset = y - top;
        if (item(message).isLoaded())
            forBlocks(message, [&](int block, qreal blockTop) {
                if (top + blockTop > y)
                    return false;
                m_anchor.block = block;
                m_anchor.offset = y - top - blockTop;
                return true;
            });
    }
    if (sticky != m_sticky) {
        m_sticky = sticky;
        emit m_view.atBottomChanged(sticky);
    }
    relayout();
}

void ChatViewPrivate::onResized() {
    for (int i = 0; i < count(); ++i) {
        item(i).setWidth(columnWidth());
        updateFoot(i);
    }
    relayout();
}

void ChatViewPrivate::dropLayouts() {
    for (int i = 0; i < count(); ++i) {
        item(i).dropLayouts();
        updateFoot(i);
    }
    relayout();
}

/// A frame: parses for a while, lays out what is in sight, forgets what is far from it.
void ChatViewPrivate::flush() {
    QElapsedTimer clock;
    clock.start();
    bool pending = false;
    for (int i = count() - 1; i >= 0; --i) {
        while (item(i).isPending() && clock.nsecsElapsed() < kSliceNanoseconds)
            item(i).advance(kSlice);
        pending = pending || item(i).isPending();
    }
    if (pending)
        m_flushTimer.start(kFrame, &m_view);
    else
        m_flushTimer.stop();
    relayout();
    releaseFarLayouts();
    if (count() > 0)
        announce(count() - 1);
    if (!m_findText.isEmpty() && !m_findTimer.isActive())
        findSlice();
}

void ChatViewPrivate::releaseFarLayouts() {
    int layouts = 0;
    for (int i = 0; i < count(); ++i)
        layouts += item(i).layoutCount();
    if (layouts <= kMostLayouts)
        return;
    const qreal viewport = m_view.viewport()->height();
    const qreal from = m_view.verticalScrollBar()->value() - kKeptScreens * viewport;
    const qreal to = from + (2 * kKeptScreens + 1) * viewport;
    for (int i = 0; i < count(); ++i) {
        if (item(i).layoutCount() == 0)
            continue;
        const qreal top = messageTop(i);
        forBlocks(i, [&](int block, qreal y) {
            if (top + y > to || top + y + item(i).blockHeight(block) < from)
                item(i).releaseLayout(block);
            return true;
        });
    }
}

} // namespace hearth::ui
