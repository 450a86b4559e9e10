#include "view/chat/chat_view.h"

#include "view/chat/chat_accessible.h"
#include "view/chat/chat_source.h"
#include "view/chat/chat_view_private.h"
#include "view/components/icon_button.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTimerEvent>
#include <QToolTip>

#include <algorithm>
#include <utility>

namespace hearth::ui {
namespace {

constexpr int kToBottomMargin = space::kLg;

} // namespace

ChatView::ChatView(QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_private(std::make_unique<ChatViewPrivate>(*this)) {
    installChatAccessibility();
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Conversation"));
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    auto* toBottom = new IconButton(Icon::ArrowDown, tr("Go to the end"), viewport());
    toBottom->setAutoFillBackground(false);
    toBottom->setPrimary(true);
    toBottom->hide();
    connect(toBottom, &QToolButton::clicked, this, &ChatView::scrollToBottom);
    m_private->m_toBottom = toBottom;
    connect(&Theme::current(), &Theme::changed, this, [this] { m_private->dropLayouts(); });
}

ChatView::~ChatView() = default;

void ChatView::setSource(ChatSource* source) {
    m_private->setSource(source);
}

ChatSource* ChatView::source() const {
    return m_private->m_source;
}

void ChatViewPrivate::setSource(ChatSource* source) {
    if (m_source)
        m_source->disconnect(&m_view);
    m_source = source;
    reload();
    if (!source)
        return;
    const auto soon = [this] {
        if (!m_flushTimer.isActive())
            m_flushTimer.start(1000 / 60, &m_view);
    };
    const auto valid = [this](int index) { return index >= 0 && index < count(); };
    QObject::connect(source, &ChatSource::reset, &m_view, [this] { reload(); });
    QObject::connect(source, &ChatSource::inserted, &m_view, [this, soon](int first, int added) {
        for (int i = 0; i < added; ++i) {
            m_items.insert(m_items.begin() + first + i,
                           std::make_unique<MessageItem>(m_source->message(first + i)));
            item(first + i).setWidth(columnWidth());
            m_tops.clear();
            updateFoot(first + i);
        }
        if (!m_sticky && m_anchor.message >= first && count() > added)
            m_anchor.message += added;
        m_view.clearSelection();
        m_current = -1;
        m_hoverMessage = -1;
        m_copied = {};
        soon();
        relayout();
    });
    QObject::connect(source, &ChatSource::removed, &m_view, [this](int first, int gone) {
        const int last = qMin(first + gone, count());
        if (first < 0 || first >= last)
            return;
        m_items.erase(m_items.begin() + first, m_items.begin() + last);
        if (m_anchor.message >= last)
            m_anchor.message -= last - first;
        else if (m_anchor.message >= first)
            m_anchor = {first, -1, 0.0};
        m_view.clearSelection();
        m_current = -1;
        m_hoverMessage = -1;
        m_hover = {};
        m_pressed = {};
        m_copied = {};
        relayout();
    });
    QObject::connect(source, &ChatSource::textAppended, &m_view,
                     [this, soon, valid](int index, const QString& piece) {
                         if (!valid(index))
                             return;
                         item(index).append(piece);
                         announce(index, piece);
                         soon();
                     });
    QObject::connect(source, &ChatSource::stateChanged, &m_view, [this, soon, valid](int index) {
        if (!valid(index))
            return;
        item(index).setMeta(m_source->message(index));
        m_tops.clear();
        updateFoot(index);
        soon();
    });
    QObject::connect(source, &ChatSource::textReplaced, &m_view, [this, soon, valid](int index) {
        if (!valid(index))
            return;
        const ChatMessage message = m_source->message(index);
        item(index).setMeta(message);
        item(index).replaceText(message.text.size());
        m_tops.clear();
        updateFoot(index);
        m_view.clearSelection();
        soon();
        relayout();
    });
}

/// Screen readers hear of a streamed text by the sentence, not by the token.
void ChatViewPrivate::announce(int message, const QString& piece) {
    static const QString kEnds = QStringLiteral(".!?\n\u3002\uFF01\uFF1F");
    const bool ends =
        std::any_of(piece.cbegin(), piece.cend(), [](QChar c) { return kEnds.contains(c); });
    if (!ends || !QAccessible::isActive())
        return;
    QAccessibleEvent event(&m_view, QAccessible::NameChanged);
    event.setChild(message);
    QAccessible::updateAccessibility(&event);
}

void ChatViewPrivate::reload() {
    m_items.clear();
    m_tops.clear();
    m_anchor = {};
    m_sticky = true;
    m_current = -1;
    m_hoverMessage = -1;
    m_hover = {};
    m_pressed = {};
    m_copied = {};
    m_view.clearSelection();
    const int messages = m_source ? m_source->count() : 0;
    m_items.reserve(static_cast<std::size_t>(messages));
    for (int i = 0; i < messages; ++i) {
        m_items.push_back(std::make_unique<MessageItem>(m_source->message(i)));
        item(i).setWidth(columnWidth());
    }
    for (int i = 0; i < messages; ++i)
        updateFoot(i);
    relayout();
}

void ChatView::setEmptyText(const QString& title, const QString& text) {
    m_private->m_emptyTitle = title;
    m_private->m_emptyText = text;
    viewport()->update();
}

bool ChatView::isAtBottom() const {
    return m_private->m_sticky;
}

void ChatView::scrollToBottom() {
    if (!m_private->m_sticky) {
        m_private->m_sticky = true;
        emit atBottomChanged(true);
    }
    m_private->relayout();
}

void ChatView::scrollToMessage(int index) {
    if (index < 0 || index >= m_private->count())
        return;
    m_private->m_sticky = false;
    m_private->m_anchor = {index, -1, -static_cast<qreal>(space::kLg)};
    m_private->relayout();
    m_private->onScrolled();
}

ChatView::Place ChatView::place() const {
    if (m_private->m_sticky || m_private->count() == 0)
        return {};
    const auto& anchor = m_private->m_anchor;
    return {anchor.message, anchor.block, anchor.offset};
}

void ChatView::setPlace(const Place& place) {
    if (place.message < 0 || place.message >= m_private->count()) {
        scrollToBottom();
        return;
    }
    m_private->m_anchor = {place.message, place.block, place.offset};
    if (std::exchange(m_private->m_sticky, false))
        emit atBottomChanged(false);
    m_private->relayout();
}

QRect ChatView::messageRect(int index) const {
    if (index < 0 || index >= m_private->count())
        return {};
    const qreal top = m_private->messageTop(index) - verticalScrollBar()->value();
    return QRectF(m_private->columnLeft(), top, m_private->columnWidth(),
                  m_private->messageHeight(index))
        .toAlignedRect();
}

bool ChatView::hasSelection() const {
    return m_private->m_allSelected ||
           (m_private->m_selectionAnchor.message >= 0 &&
            m_private->m_selectionAnchor != m_private->m_selectionCaret);
}

QString ChatView::selectedText() const {
    return hasSelection() ? m_private->selectedText() : QString();
}

void ChatView::selectAll() {
    m_private->m_allSelected = m_private->count() > 0;
    viewport()->update();
}

void ChatView::clearSelection() {
    m_private->select({}, {});
}

void ChatView::copySelection() {
    if (hasSelection())
        QGuiApplication::clipboard()->setText(selectedText());
}

bool ChatView::isBusy() const {
    return m_private->m_flushTimer.isActive();
}

bool ChatView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const Hit hit = m_private->hitAt(help->pos());
        QString text = hit.link;
        if (hit.kind == HitKind::Action || hit.kind == HitKind::PreviousVersion ||
            hit.kind == HitKind::NextVersion)
            for (const FootButton& button : m_private->footButtons(hit.position.message))
                if (button.hit.isSame(hit))
                    text = button.name;
        QToolTip::showText(help->globalPos(), text.toHtmlEscaped(), viewport());
        return true;
    }
    if (event->type() == QEvent::Leave) {
        m_private->m_hoverMessage = -1;
        m_private->m_hover = {};
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void ChatView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    m_private->paint(painter, event->rect());
}

void ChatView::resizeEvent(QResizeEvent*) {
    m_private->onResized();
    QWidget* button = m_private->m_toBottom;
    button->move((viewport()->width() - button->width()) / 2,
                 viewport()->height() - button->height() - kToBottomMargin);
}

void ChatView::scrollContentsBy(int, int) {
    m_private->onScrolled();
    viewport()->update();
}

void ChatView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    const Hit hit = m_private->hitAt(event->position());
    m_private->m_pressed = hit;
    m_private->m_current = -1;
    if (hit.kind == HitKind::Text || hit.kind == HitKind::Link || hit.kind == HitKind::Nothing) {
        const TextPosition position = m_private->positionAt(event->position());
        const bool extend = event->modifiers() & Qt::ShiftModifier;
        m_private->select(extend && hasSelection() ? m_private->m_selectionAnchor : position,
                          position);
        m_private->m_selecting = true;
    }
    viewport()->update();
}

void ChatView::mouseMoveEvent(QMouseEvent* event) {
    m_private->m_pointer = event->position();
    if (m_private->m_selecting) {
        m_private->select(m_private->m_selectionAnchor, m_private->positionAt(event->position()));
        m_private->autoScroll();
        return;
    }
    m_private->setHover(m_private->hitAt(event->position()));
}

void ChatView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    m_private->m_selecting = false;
    m_private->m_scrollTimer.stop();
    const Hit pressed = std::exchange(m_private->m_pressed, {});
    const Hit hit = m_private->hitAt(event->position());
    if (hasSelection() && (pressed.kind == HitKind::Text || pressed.kind == HitKind::Link)) {
        if (QClipboard* board = QGuiApplication::clipboard(); board->supportsSelection())
            board->setText(selectedText(), QClipboard::Selection);
    } else if (pressed.isSame(hit) && (hit.kind != HitKind::Link || hit.link == pressed.link)) {
        m_private->activate(hit);
    }
    viewport()->update();
}

void ChatView::mouseDoubleClickEvent(QMouseEvent* event) {
    const Hit hit = m_private->hitAt(event->position());
    if (hit.kind == HitKind::Text || hit.kind == HitKind::Link)
        m_private->selectWord(m_private->positionAt(event->position()));
    else
        mousePressEvent(event);
}

void ChatView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKeyboard = event->reason() == QContextMenuEvent::Keyboard;
    const QPoint where = byKeyboard ? viewport()->rect().center() : event->pos();
    const Hit hit = m_private->hitAt(where);
    const int message =
        byKeyboard && m_private->m_current >= 0 ? m_private->m_current : hit.position.message;
    QMenu menu(this);
    const auto add = [&](Icon glyph, const QString& text, auto run, bool enabled = true) {
        QAction* action = menu.addAction(themeIcon(glyph), text, this, run);
        action->setEnabled(enabled);
    };
    add(
        Icon::Copy, tr("Copy selection"), [this] { copySelection(); }, hasSelection());
    if (hit.kind == HitKind::Link)
        add(Icon::Link, tr("Copy link"),
            [link = hit.link] { QGuiApplication::clipboard()->setText(link); });
    if (message >= 0) {
        const ChatMessage& meta = m_private->item(message).meta();
        const QString id = meta.id;
        menu.addSeparator();
        if (meta.actions & MessageAction::Copy)
            add(Icon::Copy, tr("Copy message"), [this, id] { emit copyRequested(id); });
        if (meta.actions & MessageAction::Regenerate)
            add(Icon::Refresh, tr("Regenerate"), [this, id] { emit regenerateRequested(id); });
        if (meta.actions & MessageAction::Edit)
            add(Icon::Edit, tr("Edit"), [this, id] { emit editRequested(id); });
        if (meta.actions & MessageAction::Continue)
            add(Icon::ArrowDown, tr("Continue"), [this, id] { emit continueRequested(id); });
    }
    menu.addSeparator();
    menu.addAction(tr("Select all"), this, &ChatView::selectAll);
    menu.exec(viewport()->mapToGlobal(where));
}

void ChatView::keyPressEvent(QKeyEvent* event) {
    const bool control = event->modifiers() & Qt::ControlModifier;
    QScrollBar* bar = verticalScrollBar();
    if (event->matches(QKeySequence::Copy))
        return copySelection();
    if (event->matches(QKeySequence::SelectAll))
        return selectAll();
    switch (event->key()) {
    case Qt::Key_Up:
        return control ? m_private->moveCurrent(-1)
                       : bar->triggerAction(QScrollBar::SliderSingleStepSub);
    case Qt::Key_Down:
        return control ? m_private->moveCurrent(1)
                       : bar->triggerAction(QScrollBar::SliderSingleStepAdd);
    case Qt::Key_PageUp:
        return bar->triggerAction(QScrollBar::SliderPageStepSub);
    case Qt::Key_PageDown:
    case Qt::Key_Space:
        return bar->triggerAction(QScrollBar::SliderPageStepAdd);
    case Qt::Key_Home:
        return bar->triggerAction(QScrollBar::SliderToMinimum);
    case Qt::Key_End:
        return scrollToBottom();
    case Qt::Key_Escape:
        if (hasSelection())
            return clearSelection();
        break;
    default:
        break;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void ChatView::timerEvent(QTimerEvent* event) {
    if (event->timerId() == m_private->m_flushTimer.timerId()) {
        m_private->flush();
    } else if (event->timerId() == m_private->m_pulseTimer.timerId()) {
        viewport()->update();
    } else if (event->timerId() == m_private->m_copiedTimer.timerId()) {
        m_private->m_copiedTimer.stop();
        m_private->m_copied = {};
        viewport()->update();
    } else if (event->timerId() == m_private->m_scrollTimer.timerId()) {
        m_private->autoScroll();
    } else {
        QAbstractScrollArea::timerEvent(event);
    }
}

void ChatView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        m_private->dropLayouts();
    QAbstractScrollArea::changeEvent(event);
}

} // namespace hearth::ui
