#include "view/pages/chat_page.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/chat/chat_view.h"
#include "view/components/banner.h"
#include "view/components/empty_state.h"
#include "view/pages/composer.h"
#include "view/pages/device_notice.h"
#include "view/pages/model_bar.h"
#include "view/pages/session_source.h"
#include "view/pages/texts.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QDesktopServices>
#include <QEvent>
#include <QGuiApplication>
#include <QStackedWidget>
#include <QUrl>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kCountDelayMilliseconds = 200;

using State = ModelSession::State;

/// What the button that answers a failed load says; ChatPage::mendModel() does it.
QString mendText(const Error& error) {
    return isGpuError(error) ? ChatPage::tr("Use the CPU") : ChatPage::tr("Try again");
}

bool isUnavailable(State state) {
    return state == State::Missing || state == State::Failed || state == State::None;
}

} // namespace

ChatPage::ChatPage(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_source(new SessionSource(this))
    , m_bar(new ModelBar(workspace.model(), workspace.catalogue(), this))
    , m_modelBanner(new Banner(Banner::Kind::Error, {}, {}, this))
    , m_deviceNotice(new DeviceNotice(workspace.model(), workspace.settings(), this))
    , m_stack(new QStackedWidget(this))
    , m_empty(new EmptyState(Icon::Chats, {}, {}, {}, this))
    , m_view(new ChatView(this))
    , m_composer(new Composer(this)) {
    m_empty->setApplicationMark();
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_view);
    m_view->setSource(m_source);

    // The composer stands under the column of the messages, beside which the scroll bar always has
    // its room: the text must not jump when the bar appears.
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    m_composer->setMaximumWidth(size::kChatColumn);
    auto* column = new QHBoxLayout;
    column->setContentsMargins(space::kXl, space::kSm, space::kXl + size::kScrollBar, space::kLg);
    column->addStretch(1);
    column->addWidget(m_composer, 1000);
    column->addStretch(1);
    auto* bannerRow = new QHBoxLayout;
    bannerRow->setContentsMargins(space::kXl, 0, space::kXl, space::kSm);
    bannerRow->addWidget(m_modelBanner);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_bar);
    layout->addWidget(m_deviceNotice);
    layout->addLayout(bannerRow);
    layout->addWidget(m_stack, 1);
    layout->addLayout(column);

    m_countSoon.setSingleShot(true);
    m_countSoon.setInterval(kCountDelayMilliseconds);
    connect(&m_countSoon, &QTimer::timeout, this, &ChatPage::askForTokens);
    connect(&workspace.counter(), &TokenCounter::counted, this, [this](const PromptFit& fit) {
        m_counted = fit.tokens;
        refreshContext();
    });
    connect(&workspace.model(), &ModelSession::changed, this, &ChatPage::refresh);
    connect(&workspace.catalogue(), &ModelCatalogue::scanned, this, &ChatPage::refresh);
    connect(&workspace.chats(), &ChatController::currentChanged, this, &ChatPage::openSession);
    connect(m_bar, &ModelBar::sidebarRequested, this, &ChatPage::sidebarRequested);
    connect(m_deviceNotice, &DeviceNotice::modelsRequested, this, &ChatPage::modelsRequested);
    connect(m_empty, &EmptyState::actionTriggered, this, &ChatPage::onEmptyAction);
    connect(m_modelBanner, &Banner::actionTriggered, this, &ChatPage::onBannerAction);
    connect(m_modelBanner, &Banner::alternativeTriggered, this, [this] {
        if (const auto rejected = m_workspace.model().rejected())
            m_workspace.model().choose(rejected->choice);
    });
    connect(m_modelBanner, &Banner::closed, &workspace.model(), &ModelSession::forgetRejected);
    connectView();
    connectComposer();
    openSession();
}

ChatPage::~ChatPage() {
    m_view->setSource(nullptr);
    m_source->setSession(nullptr);
}

void ChatPage::connectView() {
    connect(m_view, &ChatView::linkActivated, this,
            [](const QString& url) { QDesktopServices::openUrl(QUrl(url)); });
    connect(m_view, &ChatView::copyRequested, this,
            [this](const QString& id) { copyMessage(m_source->indexOf(id)); });
    connect(m_view, &ChatView::codeCopied, this, [this] { emit told(tr("Code copied")); });
    connect(m_view, &ChatView::regenerateRequested, this, [this](const QString& id) {
        whenIdle([this, id] { m_session->regenerate(m_source->indexOf(id)); });
    });
    connect(m_view, &ChatView::editRequested, this,
            [this](const QString& id) { startEdit(m_source->indexOf(id)); });
    connect(m_view, &ChatView::errorActionRequested, this, &ChatPage::onErrorAction);
    connect(m_view, &ChatView::versionRequested, this, [this](const QString& id, int version) {
        whenIdle([this, id, version] { m_session->showVersion(m_source->indexOf(id), version); });
    });
}

void ChatPage::connectComposer() {
    connect(m_composer, &Composer::sendRequested, this, &ChatPage::onSend);
    connect(m_composer, &Composer::stopRequested, this, [this] { m_session->stop(); });
    connect(m_composer, &Composer::editCancelled, this, &ChatPage::endEdit);
    connect(m_composer, &Composer::textChanged, this, [this] {
        if (m_editing == 0)
            m_session->setDraft(m_composer->text());
        m_countSoon.start();
    });
}

void ChatPage::openSession() {
    if (m_session != nullptr)
        disconnect(m_session, nullptr, this, nullptr);
    m_afterStop = {};
    m_editing = 0;
    m_composer->setEditing(false);
    m_session = &m_workspace.chats().current();
    m_source->setSession(m_session);
    connect(m_session, &ChatSession::busyChanged, this, &ChatPage::onBusyChanged);
    connect(m_session, &ChatSession::inserted, this, &ChatPage::refresh);
    connect(m_session, &ChatSession::reset, this, &ChatPage::refresh);
    connect(m_session, &ChatSession::reset, this, &ChatPage::returnToPlace);
    connect(m_session, &ChatSession::textAppended, this, &ChatPage::refreshContext);
    m_composer->setText(m_session->record().draft);
    m_composer->setReplying(m_session->isBusy());
    m_counted = 0;
    m_countSoon.start();
    refresh();
}

void ChatPage::onSend(const QString& text) {
    if (const int index = m_session->indexOf(std::exchange(m_editing, 0)); index >= 0) {
        m_composer->setEditing(false);
        m_composer->setText(std::exchange(m_draftBeforeEdit, {}));
        m_session->edit(index, text);
    } else if (m_session->send(text)) {
        m_composer->setText({});
    }
    m_view->scrollToBottom();
}

void ChatPage::whenIdle(std::function<void()> action) {
    if (!m_session->isBusy()) {
        action();
        return;
    }
    m_afterStop = std::move(action);
    m_session->stop();
}

void ChatPage::onBusyChanged() {
    m_composer->setReplying(m_session->isBusy());
    if (m_session->isBusy())
        return;
    m_countSoon.start();
    if (auto action = std::exchange(m_afterStop, {}))
        QTimer::singleShot(0, this, action);
}

void ChatPage::onErrorAction(const QString& id) {
    const int index = m_source->indexOf(id);
    if (index < 0 || !m_session->message(index).error)
        return;
    switch (m_session->message(index).error->code) {
    case ErrorCode::ContextExceeded:
    case ErrorCode::CacheExceeded:
        m_workspace.chats().newChat();
        focusComposer();
        break;
    case ErrorCode::OutOfMemory:
        emit modelsRequested();
        break;
    case ErrorCode::DeviceLost:
        if (m_workspace.recovery().state() != DeviceRecovery::State::None) {
            m_workspace.recovery().restartNow();
            break;
        }
        [[fallthrough]];
    default:
        whenIdle([this, id] { m_session->regenerate(m_source->indexOf(id)); });
        break;
    }
}

void ChatPage::copyMessage(int index) {
    if (index < 0)
        return;
    QGuiApplication::clipboard()->setText(withoutControls(m_session->message(index).text));
    emit told(tr("Copied"));
}

void ChatPage::copyLastReply() {
    for (int index = m_session->count() - 1; index >= 0; --index) {
        if (m_session->message(index).role == MessageRole::Assistant) {
            copyMessage(index);
            return;
        }
    }
}

void ChatPage::regenerateLast() {
    const int last = m_session->count() - 1;
    if (last >= 0)
        whenIdle([this, last] { m_session->regenerate(last); });
}

void ChatPage::showNeighbourVersion(int) {}
void ChatPage::openFind() {}
void ChatPage::toggleInspector() {}

void ChatPage::resumeAt(const ResumePoint& point) {
    m_resume = point;
    ChatController& chats = m_workspace.chats();
    const auto open = [this] { m_workspace.chats().open(m_resume ? m_resume->chat : 0); };
    if (chats.isListLoaded())
        open();
    else
        connect(&chats, &ChatController::listLoaded, this, open, Qt::SingleShotConnection);
}

void ChatPage::returnToPlace() {
    if (!m_resume || m_resume->chat != m_session->record().id || !m_session->isLoaded())
        return;
    const int message = m_session->indexOf(m_resume->message);
    m_view->setPlace({message, m_resume->block, static_cast<double>(m_resume->offset)});
    m_resume.reset();
}

ResumePoint ChatPage::resumePoint() const {
    const ChatView::Place place = m_view->place();
    ResumePoint point;
    point.chat = m_session->record().id;
    if (place.message >= 0 && place.message < m_session->count())
        point.message = m_session->message(place.message).id;
    point.block = place.block;
    point.offset = qRound(place.offset);
    return point;
}

void ChatPage::keepEdit() {
    if (m_editing == 0)
        return;
    const QString written = m_composer->text();
    endEdit();
    const QString draft = m_composer->text();
    m_composer->setText(draft.isEmpty() ? written : draft + QStringLiteral("\n\n") + written);
}

void ChatPage::startEdit(int index) {
    if (index < 0)
        return;
    whenIdle([this, index] {
        if (m_editing == 0)
            m_draftBeforeEdit = m_composer->text();
        m_editing = m_session->message(index).id;
        m_composer->setEditing(true);
        m_composer->setText(m_session->message(index).text);
        focusComposer();
    });
}

void ChatPage::endEdit() {
    m_editing = 0;
    m_composer->setEditing(false);
    m_composer->setText(std::exchange(m_draftBeforeEdit, {}));
}

bool ChatPage::stepBack() {
    if (m_editing != 0) {
        endEdit();
        return true;
    }
    const bool wasBusy = m_session->isBusy();
    m_session->stop();
    return wasBusy;
}

void ChatPage::focusComposer() {
    m_composer->focusField();
}

void ChatPage::openModelChoice() {
    m_bar->openChoice();
}

bool ChatPage::isSettled() const {
    return m_session->isLoaded() && m_workspace.model().state() != State::Looking &&
           m_workspace.catalogue().isScanned() && !m_countSoon.isActive() && !m_view->isBusy();
}

void ChatPage::refresh() {
    const bool isEmpty = m_session->isLoaded() && m_session->count() == 0;
    m_stack->setCurrentWidget(isEmpty ? static_cast<QWidget*>(m_empty) : m_view);
    refreshEmptyState();
    refreshBanner();
    if (m_workspace.model().state() == State::Ready)
        m_countSoon.start();
    refreshContext();
}

void ChatPage::refreshEmptyState() {
    const ModelSession& model = m_workspace.model();
    const QString name = withoutControls(model.name());
    const bool hasModels = m_workspace.catalogue().rowCount() > 0;
    switch (model.state()) {
    case State::Ready: {
        const int row = m_workspace.catalogue().rowOf(model.name());
        const bool isStarter = row >= 0 && m_workspace.catalogue().at(row).isStarter;
        m_empty->setContent(
            tr("What would you like to talk about?"),
            isStarter ? tr("“%1” is small, for trying. It runs on this computer and nothing you "
                           "write leaves it.")
                            .arg(name)
                      : tr("“%1” runs on this computer and nothing you write leaves it.").arg(name),
            tr("Write an example for me"));
        break;
    }
    case State::Looking:
    case State::Loading:
        m_empty->setContent(tr("“%1” is loading").arg(name),
                            tr("You can write already: your message is sent as soon as the model "
                               "is ready."),
                            tr("Write an example for me"));
        break;
    case State::Failed:
        if (model.error().code == ErrorCode::DeviceLost)
            m_empty->setContent(tr("The graphics card stopped answering"),
                                tr("Hearth can use it again after a restart."), tr("Restart"));
        else
            m_empty->setContent(tr("“%1” could not be loaded").arg(name),
                                loadErrorText(model.error()), mendText(model.error()));
        break;
    case State::Missing:
    case State::None:
        m_empty->setContent(
            model.state() == State::Missing ? tr("“%1” is not in your library").arg(name)
                                            : tr("No model is loaded"),
            hasModels ? tr("Choose another of your models, or add the file again.")
                      : tr("Add a model file (GGUF) or the folder of a model to begin. The starter "
                           "model comes with packaging/start."),
            hasModels ? tr("Choose a model") : tr("Add a model…"));
        break;
    }
}

void ChatPage::onEmptyAction() {
    switch (m_workspace.model().state()) {
    case State::Failed:
        mendModel();
        break;
    case State::Missing:
    case State::None:
        if (m_workspace.catalogue().rowCount() > 0)
            emit modelsRequested();
        else
            emit addModelRequested();
        break;
    default:
        m_composer->setText(tr("Explain in a few sentences how a campfire gives off heat."));
        focusComposer();
        break;
    }
}

void ChatPage::refreshBanner() {
    const ModelSession& model = m_workspace.model();
    const bool isLost =
        model.state() == State::Failed && model.error().code == ErrorCode::DeviceLost;
    const bool isUseless = isUnavailable(model.state()) && m_session->count() > 0 && !isLost;
    const bool isRejected = !isUseless && !isLost && model.rejected().has_value();
    m_modelBanner->setVisible(isUseless || isRejected);
    m_modelBanner->setClosable(isRejected);
    m_modelBanner->setAlternative({});
    if (isRejected)
        showRejected();
    if (!isUseless)
        return;
    const QString name = withoutControls(model.name());
    const QString waiting = m_session->isBusy() ? QLatin1Char(' ') + tr("Your message waits.")
                                                : QString();
    if (model.state() == State::Failed)
        m_modelBanner->setContent(
            Banner::Kind::Error,
            tr("“%1” could not be loaded. %2").arg(name, loadErrorText(model.error())) + waiting,
            mendText(model.error()));
    else if (model.state() == State::Missing)
        m_modelBanner->setContent(Banner::Kind::Warning,
                                  tr("“%1” is not in your library.").arg(name) + waiting,
                                  tr("Choose a model"));
    else
        m_modelBanner->setContent(Banner::Kind::Info, tr("No model is loaded.") + waiting,
                                  tr("Choose a model"));
}

void ChatPage::showRejected() {
    const ModelSession& model = m_workspace.model();
    const QString wanted = withoutControls(model.rejected()->name);
    const Error& error = model.rejected()->error;
    const QString why = error.code == ErrorCode::NotFound
                            ? tr("“%1” is not in your library.").arg(wanted)
                            : tr("“%1” could not be loaded. %2").arg(wanted, loadErrorText(error));
    const QString name = withoutControls(model.name());
    const QString text = model.state() == State::Ready
                             ? tr("%1 “%2” stays in use.").arg(why, name)
                             : tr("%1 “%2” is loaded again.").arg(why, name);
    m_modelBanner->setContent(Banner::Kind::Warning, text, tr("Choose a model"));
    m_modelBanner->setAlternative(isGpuError(error) ? QString() : tr("Try again"));
}

void ChatPage::onBannerAction() {
    if (m_workspace.model().state() == State::Failed)
        mendModel();
    else
        emit modelsRequested();
}

void ChatPage::mendModel() {
    const Error& error = m_workspace.model().error();
    if (error.code == ErrorCode::DeviceLost)
        m_workspace.recovery().restartNow();
    else if (isGpuError(error))
        emit cpuRequested();
    else
        m_workspace.model().retry();
}

void ChatPage::askForTokens() {
    const auto& engine = m_workspace.bridge().engine();
    if (engine && !m_session->isBusy())
        m_workspace.counter().count(engine, m_session->prompt(m_composer->text()).prompt, 0);
}

void ChatPage::refreshContext() {
    const ModelSession& model = m_workspace.model();
    const qint64 total = model.state() == State::Ready ? model.info().context : 0;
    const ReplyProgress& progress = m_session->progress();
    const qint64 used = m_session->isBusy() && progress.total > 0
                            ? qint64{progress.total} + progress.generated
                            : m_counted;
    m_composer->setContext(used, total);
}

void ChatPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) {
        refresh();
        for (int index = 0; index < m_source->count(); ++index)
            emit m_source->stateChanged(index);
    }
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
