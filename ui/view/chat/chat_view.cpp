#include "view/chat/chat_view.h"

#include "view/chat/chat_accessible.h"
#include "view/chat/chat_source.h"
#include "view/chat/chat_view_private.h"
#include "view/components/icon_button.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
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
    return m_private->m_flushTimer.isActive() || m_private->m_findTimer.isActive();
}

bool ChatView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const Hit hit = m_private->hitAt(help->pos());
        QToolTip::showText(help->globalPos(), plainToolTip(m_private->toolTipOf(hit)), viewport());
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
    m_private->setCurrent(-1);
    if (hit.kind == HitKind::Text || hit.kind == HitKind::Link || hit.kind == HitKind::Nothing) {
        const bool third =
            m_private->m_doubleClicked.isValid() &&
            m_private->m_doubleClicked.elapsed() < QApplication::doubleClickInterval() &&
            (event->position() - m_private->m_doubleClickedAt).manhattanLength() <
                QApplication::startDragDistance();
        m_private->m_doubleClicked.invalidate();
        m_private->startSelection(m_private->positionAt(event->position()),
                                  third ? ChatViewPrivate::Unit::Block
                                        : ChatViewPrivate::Unit::Character,
                                  event->modifiers() & Qt::ShiftModifier);
    }
    viewport()->update();
}

void ChatView::mouseMoveEvent(QMouseEvent* event) {
    m_private->m_pointer = event->position();
    if (m_private->m_selecting) {
        m_private->selectTo(m_private->positionAt(event->position()));
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
    if (event->button() != Qt::LeftButton ||
        (hit.kind != HitKind::Text && hit.kind != HitKind::Link))
        return mousePressEvent(event);
    m_private->m_pressed = hit;
    m_private->m_doubleClicked.start();
    m_private->m_doubleClickedAt = event->position();
    m_private->startSelection(m_private->positionAt(event->position()), ChatViewPrivate::Unit::Word,
                              false);
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
            add(Icon::Continue, tr("Continue"), [this, id] { emit continueRequested(id); });
        if (meta.actions & MessageAction::Fork)
            add(Icon::Fork, tr("Branch to a new chat"), [this, id] { emit forkRequested(id); });
    }
    menu.addSeparator();
    menu.addAction(tr("Select all"), this, &ChatView::selectAll);
    menu.exec(viewport()->mapToGlobal(where));
}

void ChatView::keyPressEvent(QKeyEvent* event) {
    if (!m_private->keyPressed(*event))
        QAbstractScrollArea::keyPressEvent(event);
}

bool ChatView::focusNextPrevChild(bool next) {
    return m_private->moveTarget(next ? 1 : -1) || QAbstractScrollArea::focusNextPrevChild(next);
}

void ChatView::focusInEvent(QFocusEvent* event) {
    const bool byKeyboard =
        event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    if (byKeyboard && m_private->m_current < 0 && m_private->count() > 0)
        m_private->moveCurrent(-1);
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void ChatView::focusOutEvent(QFocusEvent* event) {
    m_private->m_target = {};
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void ChatView::find(const QString& text) {
    m_private->find(text);
}

QString ChatView::findText() const {
    return m_private->m_findText;
}

void ChatView::findNext() {
    m_private->findStep(1);
}

void ChatView::findPrevious() {
    m_private->findStep(-1);
}

int ChatView::findCurrent() const {
    return m_private->m_findNumber;
}

int ChatView::findTotal() const {
    return m_private->m_findTotal;
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
    } else if (event->timerId() == m_private->m_findTimer.timerId()) {
        m_private->findSlice();
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
