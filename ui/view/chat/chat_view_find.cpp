#include "view/chat/chat_view_private.h"

#include <QScrollBar>
#include <QStringMatcher>

#include <algorithm>

namespace hearth::ui {
namespace {

constexpr int kFrame = 16;
constexpr qint64 kSliceNanoseconds = 6'000'000;
constexpr qsizetype kSlice = 16 * 1024;

} // namespace

/// Where the viewport begins, so that the first match from there on is shown.
ChatViewPrivate::FindPlace ChatViewPrivate::findOrigin() const {
    if (m_findCurrent.message >= 0)
        return m_findCurrent;
    const qreal y = m_view.verticalScrollBar()->value();
    FindPlace place{messageAt(y), 0, 0};
    if (place.message >= 0 && item(place.message).isLoaded())
        forBlocks(place.message, [&](int block, qreal top) {
            place.block = block;
            return messageTop(place.message) + top + item(place.message).blockHeight(block) <= y;
        });
    return place;
}

void ChatViewPrivate::find(const QString& text) {
    if (text == m_findText)
        return;
    m_findOrigin = findOrigin();
    m_findText = text;
    m_findCurrent = {};
    m_findNumber = 0;
    m_findTotal = 0;
    m_findWaits = !text.isEmpty();
    for (int i = 0; i < count(); ++i) {
        item(i).matches.clear();
        item(i).searchedBlocks = 0;
    }
    m_findTimer.stop();
    if (text.isEmpty())
        emit m_view.findChanged(0, 0);
    else
        findSlice();
    m_view.viewport()->update();
}

/// True once the message is searched to its end.
bool ChatViewPrivate::findIn(int message, const QElapsedTimer& clock) {
    MessageItem& shown = item(message);
    if (!shown.isLoaded())
        shown.load(m_source ? m_source->message(message).text : QString());
    const QStringMatcher matcher(m_findText, Qt::CaseInsensitive);
    for (;;) {
        while (shown.searchedBlocks < shown.blockCount()) {
            if (clock.nsecsElapsed() > kSliceNanoseconds)
                return false;
            const int block = shown.searchedBlocks++;
            const QString& text = shown.block(block).text;
            const auto length = static_cast<int>(m_findText.size());
            for (qsizetype at = matcher.indexIn(text); at >= 0;
                 at = matcher.indexIn(text, at + length))
                shown.matches.push_back({block, static_cast<int>(at), length});
        }
        if (!shown.isPending())
            return true;
        if (clock.nsecsElapsed() > kSliceNanoseconds)
            return false;
        shown.advance(kSlice);
        m_tops.clear();
    }
}

void ChatViewPrivate::findSlice() {
    QElapsedTimer clock;
    clock.start();
    bool whole = true;
    bool parsed = false;
    // From the origin down and around, so that what is shown is found first.
    const int start = qMax(0, m_findOrigin.message);
    for (int i = 0; i < count() && whole; ++i) {
        const int message = (start + i) % count();
        const bool known = item(message).isLoaded() && !item(message).isPending();
        if (known && item(message).searchedBlocks == item(message).blockCount())
            continue;
        parsed = parsed || !known;
        whole = findIn(message, clock);
        if (!known)
            updateFoot(message);
        if (m_findWaits) {
            const auto& matches = item(message).matches;
            const auto after =
                std::find_if(matches.begin(), matches.end(), [&](const MessageItem::Match& match) {
                    return FindPlace{message, match.block, match.start} >= m_findOrigin;
                });
            if (after != matches.end())
                setFindCurrent(message, static_cast<int>(after - matches.begin()), true);
        }
    }
    if (whole && m_findWaits) {
        m_findWaits = false;
        for (int i = 0; i < count() && m_findCurrent.message < 0; ++i)
            if (!item(i).matches.empty())
                setFindCurrent(i, 0, true);
    }
    if (parsed)
        relayout();
    if (whole)
        m_findTimer.stop();
    else if (!m_findTimer.isActive())
        m_findTimer.start(kFrame, &m_view);
    findCount();
    m_view.viewport()->update();
}

/// Counts what is found and the matches up to the current one; tells of a change.
void ChatViewPrivate::findCount() {
    int total = 0;
    int number = 0;
    for (int i = 0; i < count(); ++i) {
        const auto& matches = item(i).matches;
        if (i == m_findCurrent.message) {
            const auto here =
                std::find_if(matches.begin(), matches.end(), [&](const MessageItem::Match& match) {
                    return FindPlace{i, match.block, match.start} == m_findCurrent;
                });
            if (here != matches.end())
                number = total + static_cast<int>(here - matches.begin()) + 1;
        }
        total += static_cast<int>(matches.size());
    }
    if (total == m_findTotal && number == m_findNumber && (total > 0 || m_findTimer.isActive()))
        return;
    m_findTotal = total;
    m_findNumber = number;
    emit m_view.findChanged(number, total);
}

void ChatViewPrivate::setFindCurrent(int message, int match, bool show) {
    const MessageItem::Match& found = item(message).matches[static_cast<std::size_t>(match)];
    m_findCurrent = {message, found.block, found.start};
    m_findWaits = false;
    if (!show)
        return;
    if (item(message).isHidden(found.block))
        item(message).toggleThought();
    reveal(TextPosition{message, found.block, found.start});
}

void ChatViewPrivate::findStep(int step) {
    if (m_findText.isEmpty() || m_findTotal == 0)
        return;
    const int wanted = m_findNumber == 0
                           ? (step > 0 ? 1 : m_findTotal)
                           : (m_findNumber - 1 + step + m_findTotal) % m_findTotal + 1;
    int before = 0;
    for (int i = 0; i < count(); ++i) {
        const auto here = static_cast<int>(item(i).matches.size());
        if (wanted <= before + here) {
            setFindCurrent(i, wanted - before - 1, true);
            break;
        }
        before += here;
    }
    findCount();
    m_view.viewport()->update();
}

} // namespace hearth::ui
