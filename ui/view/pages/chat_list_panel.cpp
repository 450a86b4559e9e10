#include "view/pages/chat_list_panel.h"

#include "state/chat_session.h"
#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/skeleton.h"
#include "view/pages/chat_list_delegate.h"
#include "view/pages/scope_button.h"
#include "view/pages/shortcuts.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QDate>
#include <QEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kSearchDelayMilliseconds = 150;
constexpr int kDayCheckMilliseconds = 60'000;
constexpr int kLoadingLines = 6;

} // namespace

ChatListPanel::ChatListPanel(ChatController& chats, QWidget* parent)
    : QWidget(parent)
    , m_chats(chats)
    , m_new(new Button({}, ButtonKind::Plain, this))
    , m_search(new QLineEdit(this))
    , m_scope(new ScopeButton(this))
    , m_more(new IconButton(Icon::More, {}, this, IconButton::Size::Small))
    , m_list(new ChatListView(this))
    , m_delegate(qobject_cast<ChatListDelegate*>(m_list->itemDelegate()))
    , m_none(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_loading(new Skeleton(kLoadingLines, this))
    , m_bulk(new QWidget(this))
    , m_bulkCount(new Label({}, TextStyle::UiStrong, ColorRole::Text, m_bulk))
    , m_bulkArchive(new IconButton(Icon::Archive, {}, m_bulk))
    , m_bulkExport(new IconButton(Icon::Download, {}, m_bulk))
    , m_bulkDelete(new IconButton(Icon::Trash, {}, m_bulk))
    , m_bulkClear(new IconButton(Icon::Close, {}, m_bulk)) {
    setFixedWidth(size::kList);
    m_new->setGlyph(Icon::Plus);
    m_search->setClearButtonEnabled(true);
    m_search->installEventFilter(this);
    m_search->addAction(themeIcon(Icon::Search), QLineEdit::LeadingPosition);
    m_list->setModel(&chats.list());
    setActionHint(*m_new, Action::NewChat);
    setActionHint(*m_search, Action::SearchChats);
    m_none->setWordWrap(true);
    arrange();

    m_searchSoon.setSingleShot(true);
    m_searchSoon.setInterval(kSearchDelayMilliseconds);
    connect(&m_searchSoon, &QTimer::timeout, this, &ChatListPanel::runSearch);
    connect(m_search, &QLineEdit::textChanged, &m_searchSoon, QOverload<>::of(&QTimer::start));
    connect(m_new, &QAbstractButton::clicked, this, [this] {
        m_chats.newChat();
        emit chatChosen();
    });
    connect(m_scope, &QAbstractButton::clicked, this, &ChatListPanel::openScopeMenu);
    connect(m_more, &QAbstractButton::clicked, this, &ChatListPanel::openMoreMenu);
    connectList();
    // "Today" is another day after midnight.
    m_midnight.setInterval(kDayCheckMilliseconds);
    connect(&m_midnight, &QTimer::timeout, this, [this, day = QDate::currentDate()]() mutable {
        if (std::exchange(day, QDate::currentDate()) != QDate::currentDate())
            m_chats.list().refresh();
    });
    m_midnight.start();
    retranslate();
    refreshChosen();
}

void ChatListPanel::arrange() {
    auto* scope = new QHBoxLayout;
    scope->setContentsMargins(0, 0, 0, 0);
    scope->addWidget(m_scope, 0, Qt::AlignLeft);
    scope->addWidget(m_more);
    auto* bulk = new QHBoxLayout(m_bulk);
    bulk->setContentsMargins(space::kSm, 0, 0, 0);
    bulk->setSpacing(space::kXs);
    bulk->addWidget(m_bulkCount, 1);
    for (IconButton* button : {m_bulkArchive, m_bulkExport, m_bulkDelete, m_bulkClear})
        bulk->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::kMd, space::kMd, space::kMd, space::kMd);
    layout->setSpacing(space::kSm);
    layout->addWidget(m_new);
    layout->addWidget(m_search);
    layout->addLayout(scope);
    layout->addWidget(m_loading);
    layout->addWidget(m_none);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_bulk);
}

void ChatListPanel::connectList() {
    connect(m_list, &ChatListView::openRequested, this, &ChatListPanel::openRow);
    connect(m_list, &ChatListView::menuRequested, this, &ChatListPanel::openMenu);
    connect(m_list, &ChatListView::deleteRequested, this,
            [this](const QModelIndex& index) { removeChats(m_list->meantBy(index)); });
    connect(m_list, &ChatListView::chosenChanged, this, &ChatListPanel::refreshChosen);
    connect(m_bulkArchive, &QAbstractButton::clicked, this, [this] {
        const bool isArchive = m_chats.list().scope().kind == ChatScope::Kind::Archived;
        archiveChats(m_list->chosen(), !isArchive);
    });
    connect(m_bulkExport, &QAbstractButton::clicked, this,
            [this] { exportChats(m_list->chosen(), TransferFormat::Json); });
    connect(m_bulkDelete, &QAbstractButton::clicked, this,
            [this] { removeChats(m_list->chosen()); });
    connect(m_bulkClear, &QAbstractButton::clicked, this, [this] { stepBack(); });

    connect(&m_chats, &ChatController::currentChanged, this, &ChatListPanel::showCurrent);
    for (const auto signal : {&ChatController::listLoaded, &ChatController::searchFinished})
        connect(&m_chats, signal, this, &ChatListPanel::refreshEmpty);
    connect(&m_chats, &ChatController::foldersChanged, this, [this] {
        // The last chat has left the folder, and the folder went with it.
        const ChatScope scope = m_chats.list().scope();
        if (scope.kind == ChatScope::Kind::Folder && !m_chats.folders().contains(scope.folder))
            setScope({});
    });
    connect(&m_chats, &ChatController::exported, this, [this](const QString& path, int chats) {
        emit told(tr("%n chat(s) were written to “%1”", nullptr, chats).arg(withoutControls(path)));
    });
    connect(&m_chats, &ChatController::imported, this, [this](int chats, int messages) {
        emit told(tr("%n chat(s) were imported, with %1 messages", nullptr, chats).arg(messages));
    });
    connect(&m_chats, &ChatController::transferFailed, this,
            [this](const QString& path, const QString& detail) {
                emit told(tr("“%1” did not work: %2")
                              .arg(withoutControls(path), withoutControls(detail)));
            });
    const ChatListModel& model = m_chats.list();
    connect(&model, &QAbstractItemModel::rowsInserted, this, &ChatListPanel::refreshEmpty);
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &ChatListPanel::refreshEmpty);
    connect(&model, &QAbstractItemModel::modelReset, this, &ChatListPanel::showCurrent);
}

void ChatListPanel::focusSearch() {
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

bool ChatListPanel::stepBack() {
    if (m_list->hasSeveralChosen()) {
        m_list->clearSelection();
        showCurrent();
        return true;
    }
    if (m_search->text().isEmpty())
        return false;
    m_search->clear();
    return true;
}

void ChatListPanel::runSearch() {
    m_delegate->setWords(m_search->text());
    m_chats.search(m_search->text());
}

void ChatListPanel::openRow(const QModelIndex& index) {
    const RecordId hit = index.data(ChatListModel::HitRole).toLongLong();
    const QString words = m_chats.searchText();
    m_chats.open(m_chats.list().idAt(index.row()));
    if (hit != 0 && !words.isEmpty())
        emit hitChosen(hit, words);
    else
        emit chatChosen();
}

void ChatListPanel::removeChats(const QList<RecordId>& ids) {
    if (ids.isEmpty())
        return;
    const ChatRecord* first = m_chats.list().find(ids.first());
    const QString title = first == nullptr ? QString() : withoutControls(first->title);
    const QString text = ids.size() == 1 && !title.isEmpty()
                             ? tr("“%1” was deleted").arg(title)
                             : tr("%n chat(s) were deleted", nullptr, static_cast<int>(ids.size()));
    m_chats.remove(ids);
    emit undoOffered(
        text, [chats = &m_chats, ids] { chats->restore(ids); },
        [chats = &m_chats, ids] { chats->finishRemoval(ids); });
}

void ChatListPanel::archiveChats(const QList<RecordId>& ids, bool archived) {
    if (ids.isEmpty())
        return;
    const int count = static_cast<int>(ids.size());
    const QString text = archived ? tr("%n chat(s) were archived", nullptr, count)
                                  : tr("%n chat(s) are back in the list", nullptr, count);
    m_chats.setArchived(ids, archived);
    emit undoOffered(
        text, [chats = &m_chats, ids, archived] { chats->setArchived(ids, !archived); }, {});
}

void ChatListPanel::setScope(const ChatScope& scope) {
    m_search->clear();
    m_chats.setScope(scope);
    refreshScope();
    refreshEmpty();
}

void ChatListPanel::showCurrent() {
    const int row = m_chats.list().rowOf(m_chats.current().record().id);
    const QModelIndex index = m_chats.list().index(row);
    m_list->setCurrentIndex(index);
    if (index.isValid())
        m_list->scrollTo(index);
}

void ChatListPanel::refreshEmpty() {
    const bool isEmpty = m_chats.list().rowCount() == 0;
    if (!m_chats.searchText().isEmpty())
        m_none->setText(
            tr("No chat contains “%1”.").arg(withoutControls(m_chats.searchText())));
    else if (m_chats.list().scope().kind == ChatScope::Kind::Archived)
        m_none->setText(tr("Chats that you archive are kept here, out of the way."));
    else
        m_none->setText(tr("Your chats will be listed here."));
    m_loading->setVisible(!m_chats.isListLoaded());
    m_none->setVisible(m_chats.isListLoaded() && isEmpty);
}

void ChatListPanel::refreshScope() {
    const ChatScope& scope = m_chats.list().scope();
    const QString name = scope.kind == ChatScope::Kind::Archived ? tr("Archived")
                         : scope.kind == ChatScope::Kind::Folder ? withoutControls(scope.folder)
                                                                 : tr("All chats");
    m_scope->setText(name);
    m_scope->setAccessibleName(tr("Shown: %1").arg(name));
    m_scope->setToolTip(tr("Which chats are shown"));
}

void ChatListPanel::refreshChosen() {
    const bool isSeveral = m_list->hasSeveralChosen();
    m_bulk->setVisible(isSeveral);
    if (!isSeveral)
        return;
    const bool isArchive = m_chats.list().scope().kind == ChatScope::Kind::Archived;
    m_bulkCount->setText(
        tr("%n chosen", nullptr, static_cast<int>(m_list->chosen().size())));
    m_bulkArchive->setName(isArchive ? tr("Back into the list") : tr("Archive"));
}

bool ChatListPanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const QModelIndex first = m_list->model()->index(0, 0);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Down && first.isValid()) {
        m_list->setFocus(Qt::TabFocusReason);
        m_list->setCurrentIndex(first);
        return true;
    }
    const bool isEnter = key == Qt::Key_Return || key == Qt::Key_Enter;
    // What is listed may still be the answer to fewer letters.
    if (isEnter && first.isValid() && !m_search->text().isEmpty() && !m_searchSoon.isActive()) {
        openRow(first);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void ChatListPanel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& tokens = Theme::current().tokens();
    painter.fillRect(rect(), tokens.surface);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), tokens.border);
    if (!m_bulk->isHidden())
        painter.fillRect(QRect(0, m_bulk->y() - space::kSm, width(), 1), tokens.border);
}

void ChatListPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ChatListPanel::retranslate() {
    m_new->setText(tr("New chat"));
    m_new->setToolTip(tr("New chat"));
    m_search->setPlaceholderText(tr("Search chats"));
    m_search->setToolTip(tr("Search chats"));
    m_search->setAccessibleName(tr("Search chats"));
    m_list->setAccessibleName(tr("Chats"));
    m_more->setName(tr("Import and export"));
    m_bulkExport->setName(tr("Export as JSON…"));
    m_bulkDelete->setName(tr("Delete"));
    m_bulkClear->setName(tr("Let go of the chosen (Esc)"));
    m_chats.list().refresh();
    refreshScope();
    refreshEmpty();
    refreshChosen();
}

} // namespace hearth::ui
