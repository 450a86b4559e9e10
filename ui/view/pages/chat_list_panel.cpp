#include "view/pages/chat_list_panel.h"

#include "state/chat_controller.h"
#include "state/chat_session.h"
#include "view/components/button.h"
#include "view/components/label.h"
#include "view/pages/chat_list_delegate.h"
#include "view/theme/icons.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kSearchDelayMilliseconds = 150;

} // namespace

ChatListView::ChatListView(QWidget* parent) : QListView(parent) {
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setEditTriggers(QAbstractItemView::EditKeyPressed);
    setSelectionMode(QAbstractItemView::NoSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setItemDelegate(new ChatListDelegate(this));
    viewport()->setAutoFillBackground(false);
}

void ChatListView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                               const QList<int>& roles) {
    QListView::dataChanged(topLeft, bottomRight, roles);
    // Headings come and go with the order, and with them the heights of rows.
    scheduleDelayedItemsLayout();
}

void ChatListView::mousePressEvent(QMouseEvent* event) {
    QListView::mousePressEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || !index.isValid())
        return;
    const QRect item = visualRect(index);
    if (ChatListDelegate::menuRect(item, index).contains(event->position().toPoint()))
        emit menuRequested(index, event->globalPosition().toPoint());
}

void ChatListView::mouseReleaseEvent(QMouseEvent* event) {
    QListView::mouseReleaseEvent(event);
    const QPoint position = event->position().toPoint();
    const QModelIndex index = indexAt(position);
    if (event->button() != Qt::LeftButton || !index.isValid())
        return;
    const QRect item = visualRect(index);
    if (ChatListDelegate::bodyRect(item, index).contains(position) &&
        !ChatListDelegate::menuRect(item, index).contains(position))
        emit openRequested(index);
}

void ChatListView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(event->pos());
    if (!index.isValid())
        return;
    emit menuRequested(index, byKey ? viewport()->mapToGlobal(visualRect(index).center())
                                    : event->globalPos());
}

void ChatListView::keyPressEvent(QKeyEvent* event) {
    const QModelIndex index = currentIndex();
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (index.isValid() && isEnter && state() != EditingState)
        emit openRequested(index);
    else if (index.isValid() && event->key() == Qt::Key_Delete)
        emit deleteRequested(index);
    else
        QListView::keyPressEvent(event);
}

ChatListPanel::ChatListPanel(ChatController& chats, QWidget* parent)
    : QWidget(parent)
    , m_chats(chats)
    , m_new(new Button({}, ButtonKind::Plain, this))
    , m_search(new QLineEdit(this))
    , m_list(new ChatListView(this))
    , m_none(new Label({}, TextStyle::Caption, ColorRole::Muted, this)) {
    setFixedWidth(size::kList);
    m_new->setGlyph(Icon::Plus);
    m_search->setClearButtonEnabled(true);
    m_search->addAction(themeIcon(Icon::Search), QLineEdit::LeadingPosition);
    m_list->setModel(&chats.list());
    m_none->setWordWrap(true);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::kMd, space::kMd, space::kMd, space::kMd);
    layout->setSpacing(space::kSm);
    layout->addWidget(m_new);
    layout->addWidget(m_search);
    layout->addWidget(m_none);
    layout->addWidget(m_list, 1);

    m_searchSoon.setSingleShot(true);
    m_searchSoon.setInterval(kSearchDelayMilliseconds);
    connect(&m_searchSoon, &QTimer::timeout, this, [this] { m_chats.search(m_search->text()); });
    connect(m_search, &QLineEdit::textChanged, &m_searchSoon, QOverload<>::of(&QTimer::start));
    connect(m_new, &QAbstractButton::clicked, this, [this] {
        m_chats.newChat();
        emit chatChosen();
    });
    connect(m_list, &ChatListView::openRequested, this, [this](const QModelIndex& index) {
        m_chats.open(m_chats.list().idAt(index.row()));
        emit chatChosen();
    });
    connect(m_list, &ChatListView::menuRequested, this, &ChatListPanel::openMenu);
    connect(m_list, &ChatListView::deleteRequested, this, [this](const QModelIndex& index) {
        emit deleteRequested(m_chats.list().idAt(index.row()));
    });
    connect(&chats, &ChatController::currentChanged, this, &ChatListPanel::showCurrent);
    for (const auto signal : {&ChatController::listLoaded, &ChatController::searchFinished})
        connect(&chats, signal, this, &ChatListPanel::refreshEmpty);
    connect(&chats.list(), &QAbstractItemModel::rowsInserted, this, &ChatListPanel::refreshEmpty);
    connect(&chats.list(), &QAbstractItemModel::rowsRemoved, this, &ChatListPanel::refreshEmpty);
    // "Today" is another day after midnight.
    m_midnight.setInterval(60'000);
    connect(&m_midnight, &QTimer::timeout, this, [this, day = QDate::currentDate()]() mutable {
        if (std::exchange(day, QDate::currentDate()) != QDate::currentDate())
            m_chats.list().refresh();
    });
    m_midnight.start();
    retranslate();
}

void ChatListPanel::focusSearch() {
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

bool ChatListPanel::stepBack() {
    if (m_search->text().isEmpty())
        return false;
    m_search->clear();
    return true;
}

void ChatListPanel::openMenu(const QModelIndex& index, const QPoint& globalPosition) {
    const QPersistentModelIndex row(index);
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(themeIcon(Icon::Edit), tr("Rename"), m_list, [this, row] {
        m_list->setCurrentIndex(row);
        m_list->edit(row);
    });
    menu->addAction(themeIcon(Icon::Trash), tr("Delete"), this,
                    [this, row] { emit deleteRequested(m_chats.list().idAt(row.row())); });
    menu->popup(globalPosition);
}

void ChatListPanel::showCurrent() {
    const int row = m_chats.list().rowOf(m_chats.current().record().id);
    const QModelIndex index = m_chats.list().index(row);
    m_list->setCurrentIndex(index);
    if (index.isValid())
        m_list->scrollTo(index);
}

void ChatListPanel::refreshEmpty() {
    const bool isSearch = !m_chats.searchText().isEmpty();
    m_none->setText(isSearch ? tr("No chat contains “%1”.").arg(m_chats.searchText())
                             : tr("Your chats will be listed here."));
    m_none->setVisible(m_chats.isListLoaded() && m_chats.list().rowCount() == 0);
}

void ChatListPanel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& tokens = Theme::current().tokens();
    painter.fillRect(rect(), tokens.surface);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), tokens.border);
}

void ChatListPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ChatListPanel::retranslate() {
    m_new->setText(tr("New chat"));
    m_new->setToolTip(tr("New chat (Ctrl+N)"));
    m_search->setPlaceholderText(tr("Search chats"));
    m_search->setToolTip(tr("Search chats (Ctrl+K)"));
    m_search->setAccessibleName(tr("Search chats"));
    m_list->setAccessibleName(tr("Chats"));
    m_chats.list().refresh();
    refreshEmpty();
}

} // namespace hearth::ui
