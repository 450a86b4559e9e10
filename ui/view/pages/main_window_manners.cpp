#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/components/toast.h"
#include "view/pages/chat_page.h"
#include "view/pages/main_window.h"
#include "view/pages/notifier.h"
#include "view/pages/server/server_texts.h"
#include "view/pages/tray.h"
#include "view/theme/paint.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFileInfo>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kToldMilliseconds = 2500;
/// Subject of the notes about downloads; no chat has it.
constexpr qint64 kDownloadNote = -1;
/// Read by Qt when it asks the compositor to activate a window.
constexpr char kActivationVariable[] = "XDG_ACTIVATION_TOKEN";

} // namespace

void MainWindow::connectManners() {
    ChatController& chats = m_workspace.chats();
    connect(&chats, &ChatController::busyChanged, this, &MainWindow::refreshBusy);
    connect(&chats, &ChatController::replyFinished, this, &MainWindow::onReplyFinished);
    connect(&chats, &ChatController::currentChanged, this, [this] {
        connect(&m_workspace.chats().current(), &ChatSession::recordChanged, this,
                &MainWindow::refreshTitle, Qt::UniqueConnection);
        refreshTitle();
    });
    connect(&chats.current(), &ChatSession::recordChanged, this, &MainWindow::refreshTitle);
    const ModelDownloads& downloads = m_workspace.downloads();
    connect(&downloads, &ModelDownloads::listChanged, this, &MainWindow::refreshBusy);
    connect(&downloads, &ModelDownloads::changed, this, &MainWindow::refreshBusy);
    connect(&downloads, &ModelDownloads::finished, this, [this](int, const QString& path) {
        tellBehind(kDownloadNote, tr("A model is downloaded"), QFileInfo(path).fileName());
    });
    const ServerController& server = m_workspace.server();
    connect(&server, &ServerController::changed, this, &MainWindow::refreshBusy);
    connect(&server, &ServerController::changed, this, &MainWindow::onServerChanged);
    onServerChanged();
    connect(&server, &ServerController::activityChanged, this, &MainWindow::refreshBusy);
    connect(m_notifier, &Notifier::activated, this, &MainWindow::openFromNote);
    // After the first frame: whether there is a tray, another program has to say.
    QMetaObject::invokeMethod(this, &MainWindow::addTray, Qt::QueuedConnection);
}

void MainWindow::addTray() {
    m_tray = Tray::create();
    m_notifier->setTray(m_tray.get());
    if (!m_tray)
        return;
    connect(m_tray.get(), &Tray::showRequested, this, [this] { bringToFront(); });
    connect(m_tray.get(), &Tray::newChatRequested, this, [this] {
        bringToFront();
        newChat();
    });
    connect(m_tray.get(), &Tray::quitRequested, this, &MainWindow::quit);
}

void MainWindow::refreshTitle() {
    // The platform adds the program's name.
    const QString title = withoutControls(m_workspace.chats().current().record().title);
    switch (page()) {
    case Page::Models:
        setWindowTitle(tr("Models"));
        break;
    case Page::Server:
        setWindowTitle(tr("Server"));
        break;
    case Page::Settings:
        setWindowTitle(tr("Settings"));
        break;
    default:
        setWindowTitle(title.isEmpty() ? tr("New chat") : title);
        break;
    }
}

void MainWindow::refreshBusy() {
    m_rail->setReplies(work().replies);
    m_rail->setDownloads(work().downloads);
    m_rail->setRequests(work().requests);
}

void MainWindow::bringToFront(const QByteArray& activationToken) {
    if (!activationToken.isEmpty())
        qputenv(kActivationVariable, activationToken);
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
    QApplication::alert(this);
}

void MainWindow::tell(const QString& text) {
    m_toast->show(text, {}, {}, {}, kToldMilliseconds);
}

void MainWindow::offerUndo(const QString& text, const std::function<void()>& undo,
                           const std::function<void()>& expired) {
    const auto undoAndGoOn = [this, undo] {
        undo();
        if (page() == Page::Chat)
            m_chatPage->focusComposer();
    };
    m_toast->show(text, tr("Undo"), undoAndGoOn, expired, Toast::kUndoMilliseconds);
}

void MainWindow::raiseContext(int tokens) {
    Settings::Values values = m_workspace.settings().values();
    values.contextTokens = tokens;
    m_workspace.settings().set(values);
}

void MainWindow::onServerChanged() {
    const ServerController& server = m_workspace.server();
    m_rail->setServer(server.state());
    const bool hasFailed = server.state() == ServerController::State::Failed;
    if (std::exchange(m_serverHasFailed, hasFailed) == hasFailed || !hasFailed ||
        page() == Page::Server || !server.error())
        return;
    m_toast->show(serverErrorText(*server.error(), server.choice()), tr("Show"),
                  [this] { showPage(Page::Server); });
}

void MainWindow::onReplyFinished(qint64 chat, bool failed) {
    if (const ChatRecord* const record = m_workspace.chats().list().find(chat))
        tellBehind(chat, failed ? tr("A reply failed") : tr("A reply is ready"), record->title);
}

void MainWindow::tellBehind(qint64 subject, const QString& title, const QString& text) {
    if (isActiveWindow())
        return;
    QApplication::alert(this);
    if (m_workspace.settings().values().notifications)
        m_notifier->tell(subject, title, withoutControls(text));
}

void MainWindow::openFromNote(qint64 chat, const QByteArray& activationToken) {
    bringToFront(activationToken);
    if (chat == kDownloadNote) {
        showPage(Page::Models);
        return;
    }
    m_workspace.chats().open(chat);
    showPage(Page::Chat);
}

WorkInProgress MainWindow::work() const {
    return {m_workspace.chats().busyCount(), m_workspace.downloads().runningCount(),
            m_workspace.server().activity().leases};
}

void MainWindow::quit() {
    m_isQuitting = true;
    if (isHidden() && work().isAny())
        bringToFront();
    if (!close())
        return;
    // Without a window that was seen, closing it ends nothing.
    QCoreApplication::quit();
}

void MainWindow::endSession() {
    m_isLeaving = true;
    leave();
}

void MainWindow::leave() {
    keepWindow();
    m_workspace.chats().saveAll();
}

void MainWindow::hideToTray() {
    m_isQuitting = false;
    keepWindow();
    m_workspace.chats().saveAll();
    hide();
    if (!std::exchange(m_isTrayTold, true))
        m_tray->tell(tr("Hearth stays in the tray"), tr("Quit it from its menu there."));
}

void MainWindow::closeEvent(QCloseEvent* event) {
    const bool staysInTray = m_tray && !m_isQuitting && m_workspace.settings().values().closeToTray;
    if (m_isLeaving || (!staysInTray && !work().isAny())) {
        leave();
        emit closing();
        event->accept();
        return;
    }
    event->ignore();
    if (staysInTray) {
        hideToTray();
    } else if (!std::exchange(m_isAsking, true)) {
        askBeforeClosing(*this, work(), m_tray != nullptr, [this](CloseAnswer answer) {
            m_isAsking = false;
            if (answer == CloseAnswer::KeepInTray)
                hideToTray();
            m_isLeaving = answer == CloseAnswer::Close;
            if (!m_isLeaving) {
                m_isQuitting = false;
                return;
            }
            m_workspace.chats().stopAll();
            // The dialog is still closing.
            QMetaObject::invokeMethod(this, &MainWindow::quit, Qt::QueuedConnection);
        });
    }
}

} // namespace hearth::ui
