#include "view/pages/server/request_list.h"

#include "state/request_text.h"
#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/empty_state.h"
#include "view/components/field.h"
#include "view/components/label.h"
#include "view/components/segmented.h"
#include "view/pages/server/request_delegate.h"
#include "view/pages/server/request_dialog.h"
#include "view/theme/metrics.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QListView>
#include <QLocale>
#include <QMenu>
#include <QScrollBar>

namespace hearth::ui {

namespace {

constexpr int kLinesInSight = 9;
constexpr int kSearchWidth = 220;
constexpr int kLeastSearchWidth = 100;

} // namespace

RequestList::RequestList(Workspace& workspace, QWidget* parent)
    : Card(parent)
    , m_workspace(workspace)
    , m_filter(workspace.server().log())
    , m_title(new Label({}, TextStyle::Title, ColorRole::Text, this))
    , m_count(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_search(new Field({}, this))
    , m_which(new Segmented(QString(), QStringList(2), this))
    , m_pause(new Button({}, ButtonKind::Quiet, this))
    , m_clear(new Button({}, ButtonKind::Quiet, this))
    , m_list(new QListView(this))
    , m_delegate(new RequestDelegate(m_filter, this))
    , m_empty(new EmptyState(Icon::Server, {}, {}, {}, this)) {
    arrange();
    connectAll();
    retranslate();
}

void RequestList::arrange() {
    m_search->setMinimumWidth(kLeastSearchWidth);
    m_search->setMaximumWidth(kSearchWidth);
    m_search->edit()->setObjectName(QStringLiteral("server/filter"));
    m_search->edit()->setClearButtonEnabled(true);
    m_pause->setObjectName(QStringLiteral("server/pause"));
    m_clear->setGlyph(Icon::Trash);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kSm);
    head->addWidget(m_title, 0, Qt::AlignBaseline);
    head->addWidget(m_count, 1, Qt::AlignBaseline);
    auto* tools = new QHBoxLayout;
    tools->setSpacing(space::kSm);
    tools->addWidget(m_search, 100);
    tools->addWidget(m_which);
    tools->addStretch(1);
    tools->addWidget(m_pause);
    tools->addWidget(m_clear);
    m_list->setObjectName(QStringLiteral("server/requests"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setModel(&m_filter);
    m_list->setItemDelegate(m_delegate);
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->viewport()->setAutoFillBackground(false);
    m_list->setFixedHeight(kLinesInSight * size::kRow);
    m_list->installEventFilter(this);
    m_list->viewport()->installEventFilter(this);
    body()->setSpacing(space::kMd);
    body()->addLayout(head);
    body()->addLayout(tools);
    body()->addWidget(m_list);
    body()->addWidget(m_empty);
}

void RequestList::connectAll() {
    RequestLog& log = m_workspace.server().log();
    connect(m_search->edit(), &QLineEdit::textChanged, this, [this](const QString& text) {
        m_filter.setText(text);
        refresh();
    });
    connect(m_which, &Segmented::currentChanged, this, [this](int which) {
        m_filter.setErrorsOnly(which == 1);
        refresh();
    });
    connect(m_clear, &QAbstractButton::clicked, &log, &RequestLog::clear);
    connect(m_pause, &QAbstractButton::clicked, &log, [&log] { log.setPaused(!log.isPaused()); });
    connect(&log, &RequestLog::counted, this, &RequestList::refresh);
    connect(&m_filter, &QAbstractItemModel::modelReset, m_delegate, &RequestDelegate::measureAll);
    connect(&Theme::current(), &Theme::changed, m_delegate, &RequestDelegate::measureAll);
    connect(&m_filter, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex&, int first, int last) {
                m_delegate->measure(first, last);
                if (first == 0)
                    keepPlace(last - first + 1);
            });
    connect(m_list, &QAbstractItemView::activated, this, &RequestList::view);
    connect(&m_workspace.server(), &ServerController::changed, this, &RequestList::refresh);
    connect(&m_workspace.model(), &ModelSession::changed, this, &RequestList::refreshContext);
    refreshContext();
}

void RequestList::keepPlace(int rows) {
    // New lines come at the top; who looks at older ones keeps them in sight.
    QScrollBar* const bar = m_list->verticalScrollBar();
    if (bar->value() > 0)
        bar->setValue(bar->value() + rows * m_list->sizeHintForRow(0));
}

int RequestList::context() const {
    const ModelSession& model = m_workspace.model();
    return model.state() == ModelSession::State::Ready ? model.info().context : 0;
}

void RequestList::refreshContext() {
    m_delegate->setContext(context());
    m_list->viewport()->update();
}

QString RequestList::countText(int shown) const {
    const RequestLog& log = m_workspace.server().log();
    const QLocale locale;
    const int all = log.rowCount();
    QStringList parts;
    if (shown != all)
        parts += tr("%1 of %2").arg(locale.toString(shown), locale.toString(all));
    else if (all > 0)
        parts += locale.toString(all);
    // The oldest are gone from the list.
    const quint64 gone = log.total() - quint64(all) - quint64(log.waiting());
    if (gone > 0)
        parts += tr("%1 since it was cleared").arg(locale.toString(log.total()));
    if (log.isPaused())
        parts += log.waiting() == 0 ? tr("paused")
                                    : tr("paused, %n new wait(s)", nullptr, log.waiting());
    return parts.join(QStringLiteral(" · "));
}

void RequestList::refresh() {
    const RequestLog& log = m_workspace.server().log();
    const int all = log.rowCount();
    const int shown = m_filter.rowCount();
    const bool isRunning = m_workspace.server().state() == ServerController::State::Running;
    m_list->setVisible(shown > 0);
    m_empty->setVisible(shown == 0);
    m_search->setVisible(all > 0);
    m_which->setVisible(all > 0);
    m_clear->setVisible(all > 0);
    m_pause->setVisible(all > 0 || log.isPaused());
    m_pause->setText(log.isPaused() ? tr("Go on") : tr("Pause"));
    m_pause->setGlyph(log.isPaused() ? Icon::Play : Icon::Pause);
    m_count->setText(countText(shown));
    if (all > 0)
        m_empty->setContent(tr("No request is like that"), tr("Change the filter to see others."));
    else if (log.isPaused())
        m_empty->setContent(tr("The log is paused"), tr("New requests wait until it goes on."));
    else if (isRunning)
        m_empty->setContent(tr("No requests yet"),
                            tr("What other programs ask appears here as soon as it is answered."));
    else
        m_empty->setContent(tr("The server is off"),
                            tr("Switch it on, and every tool on this computer can use your models."));
}

void RequestList::view(const QModelIndex& index) {
    if (!index.isValid())
        return;
    RequestDialog::Facts facts;
    facts.url = m_workspace.server().localUrl();
    facts.isRunning = m_workspace.server().state() == ServerController::State::Running;
    facts.hasKeys = !m_workspace.server().choice().keys.isEmpty();
    facts.context = context();
    facts.trainedContext = facts.context > 0 ? m_workspace.model().info().trainedContext : 0;
    auto* dialog = new RequestDialog(this, m_filter.at(index.row()), facts);
    connect(dialog, &RequestDialog::told, this, &RequestList::told);
    connect(dialog, &RequestDialog::contextWanted, this, &RequestList::contextWanted);
    connect(dialog, &RequestDialog::keyWanted, this, &RequestList::keyWanted);
    connect(dialog, &RequestDialog::pagesWanted, this, &RequestList::pagesWanted);
    connect(dialog, &RequestDialog::chatWanted, this, [this](const Conversation& conversation) {
        m_workspace.chats().openConversation(conversation);
        emit chatOpened();
    });
    dialog->open();
}

void RequestList::copyCurl(const QModelIndex& index) {
    const ServedRequest& request = m_filter.at(index.row());
    const bool hasKeys = !m_workspace.server().choice().keys.isEmpty();
    if (isBodyCut(request)) {
        emit told(tr("The body was longer than what is kept, so it can't be sent again."));
        return;
    }
    QGuiApplication::clipboard()->setText(
        curlText(request, m_workspace.server().localUrl(), hasKeys));
    emit told(tr("Copied"));
}

void RequestList::sendToChat(const QModelIndex& index) {
    const auto conversation = conversationOf(m_filter.at(index.row()));
    if (!conversation) {
        emit told(tr("This request holds no conversation."));
        return;
    }
    m_workspace.chats().openConversation(*conversation);
    emit chatOpened();
}

void RequestList::openMenu(const QModelIndex& index, const QPoint& position) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    // Requests that come meanwhile move the lines.
    const QPersistentModelIndex line(index);
    const auto add = [&](Icon glyph, const QString& text, void (RequestList::*action)(const QModelIndex&)) {
        menu->addAction(themeIcon(glyph), text, this, [this, line, action] {
            if (line.isValid())
                (this->*action)(line);
        });
    };
    add(Icon::Eye, tr("View the request"), &RequestList::view);
    add(Icon::Copy, tr("Copy as curl"), &RequestList::copyCurl);
    add(Icon::Chats, tr("Send to chat"), &RequestList::sendToChat);
    menu->popup(position);
}

bool RequestList::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_list->viewport() && event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        const QPoint position = mouse->position().toPoint();
        const QModelIndex index = m_list->indexAt(position);
        if (index.isValid() && mouse->button() == Qt::LeftButton) {
            const auto button = m_delegate->buttonAt(m_list->visualRect(index), position);
            if (button == RequestDelegate::Button::View)
                view(index);
            else if (button == RequestDelegate::Button::Curl)
                copyCurl(index);
        }
    }
    // Which of a line's buttons is under the pointer.
    if (watched == m_list->viewport() && event->type() == QEvent::MouseMove)
        m_list->viewport()->update(m_list->visualRect(
            m_list->indexAt(static_cast<QMouseEvent*>(event)->position().toPoint())));
    if (watched == m_list && event->type() == QEvent::ContextMenu) {
        const auto* menu = static_cast<QContextMenuEvent*>(event);
        const bool isByKey = menu->reason() == QContextMenuEvent::Keyboard;
        const QModelIndex index = isByKey ? m_list->currentIndex() : m_list->indexAt(menu->pos());
        if (index.isValid())
            openMenu(index, isByKey ? m_list->viewport()->mapToGlobal(
                                          m_list->visualRect(index).center())
                                    : menu->globalPos());
        return true;
    }
    if (watched == m_list && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy) &&
        m_list->currentIndex().isValid()) {
        copyCurl(m_list->currentIndex());
        return true;
    }
    return Card::eventFilter(watched, event);
}

void RequestList::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Card::changeEvent(event);
}

void RequestList::retranslate() {
    m_title->setText(tr("Requests"));
    m_search->edit()->setPlaceholderText(tr("Filter"));
    m_search->edit()->setAccessibleName(tr("Filter the requests"));
    m_which->setSegments({tr("All"), tr("Errors")});
    m_which->setAccessibleName(tr("Which requests are shown"));
    m_clear->setText(tr("Clear"));
    m_list->setAccessibleName(tr("Requests"));
    m_list->setAccessibleDescription(
        tr("Enter shows a request, %1 copies it for a terminal, the menu key has more.")
            .arg(QKeySequence(QKeySequence::Copy).toString(QKeySequence::NativeText)));
    m_delegate->measureAll();
    refresh();
}

} // namespace hearth::ui
