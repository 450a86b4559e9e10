#include "view/pages/main_window.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/components/banner.h"
#include "view/components/toast.h"
#include "view/pages/chat_list_panel.h"
#include "view/pages/chat_page.h"
#include "view/pages/models_page.h"
#include "view/pages/notifier.h"
#include "view/pages/recovery_banner.h"
#include "view/pages/server/server_page.h"
#include "view/pages/settings_page.h"
#include "view/pages/shortcuts.h"
#include "view/pages/tray.h"
#include "view/pages/welcome_page.h"
#include "view/pages/window_geometry.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QCoreApplication>
#include <QStackedWidget>

#include <utility>

namespace hearth::ui {

namespace {

constexpr QLatin1String kCpuDevice("cpu");

} // namespace

MainWindow::MainWindow(Workspace& workspace, const WindowOverrides& overrides, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_overrides(overrides)
    , m_applied(workspace.settings().values())
    , m_shortcuts(new Shortcuts(workspace.settings(), *this))
    , m_rail(new Rail(this))
    , m_chats(new ChatListPanel(workspace.chats(), this))
    , m_pages(new QStackedWidget(this))
    , m_banners(new QVBoxLayout)
    , m_recoveryBanner(new RecoveryBanner(workspace.recovery(), this))
    , m_storeBanner(new Banner(Banner::Kind::Warning, {}, {}, this))
    , m_chatPage(new ChatPage(workspace, this))
    , m_welcomePage(new WelcomePage(workspace, this))
    , m_modelsPage(new ModelsPage(workspace, this))
    , m_serverPage(new ServerPage(workspace, this))
    , m_settingsPage(new SettingsPage(workspace, *m_shortcuts, this))
    , m_toast(new Toast(this))
    , m_notifier(new Notifier(this)) {
    setMinimumSize(size::kWindowMinimumWidth, size::kWindowMinimumHeight);
    resize(size::kWindowWidth, size::kWindowHeight);
    restoreWindow(*this, workspace.settings().values().geometry);
    arrange();
    connectPages();
    connectStore();
    connectRecovery();
    connectManners();
    fitBanners();
    addActions();
    addChatActions();
    applySettings();
    showPage(Page::Chat);
}

void MainWindow::arrange() {
    m_pages->addWidget(m_chatPage);
    m_pages->addWidget(m_modelsPage);
    m_pages->addWidget(m_serverPage);
    m_pages->addWidget(m_settingsPage);
    m_pages->addWidget(m_welcomePage); // behind the pages of the rail
    m_storeBanner->hide();
    m_storeBanner->setClosable(true);

    auto* content = new QVBoxLayout;
    content->setContentsMargins(0, 0, 0, 0);
    content->setSpacing(0);
    m_banners->setSpacing(space::kSm);
    m_banners->addWidget(m_recoveryBanner);
    m_banners->addWidget(m_storeBanner);
    content->addLayout(m_banners);
    content->addWidget(m_pages, 1);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_rail);
    layout->addWidget(m_chats);
    layout->addLayout(content, 1);
}

void MainWindow::connectPages() {
    connect(m_rail, &Rail::pageChosen, this, &MainWindow::showPage);
    connect(m_chats, &ChatListPanel::chatChosen, m_chatPage, &ChatPage::focusComposer);
    connect(m_chats, &ChatListPanel::hitChosen, m_chatPage, &ChatPage::showMessage);
    connect(m_chats, &ChatListPanel::told, this, &MainWindow::tell);
    connect(m_chats, &ChatListPanel::undoOffered, this, &MainWindow::offerUndo);
    connect(m_chatPage, &ChatPage::sidebarRequested, this, &MainWindow::toggleSidebar);
    connect(m_chatPage, &ChatPage::modelsRequested, this, [this] { showPage(Page::Models); });
    connect(m_chatPage, &ChatPage::addModelRequested, m_modelsPage, &ModelsPage::addFile);
    connect(m_chatPage, &ChatPage::told, this, &MainWindow::tell);
    connect(m_welcomePage, &WelcomePage::chatRequested, this, [this] { showPage(Page::Chat); });
    connect(m_welcomePage, &WelcomePage::settingsRequested, this,
            [this] { showSettings(QStringLiteral("downloads")); });
    connect(m_modelsPage, &ModelsPage::settingsRequested, this,
            [this] { showSettings(QStringLiteral("downloads")); });
    const auto reconsider = [this] {
        if (page() == Page::Chat)
            showChatOrWelcome();
    };
    connect(&m_workspace.chats(), &ChatController::listLoaded, this, reconsider);
    connect(&m_workspace.model(), &ModelSession::changed, this, reconsider);
    connect(m_chatPage, &ChatPage::undoOffered, this, &MainWindow::offerUndo);
    connect(m_chatPage, &ChatPage::contextWanted, this, &MainWindow::raiseContext);
    connect(m_modelsPage, &ModelsPage::chatRequested, this, [this] { showPage(Page::Chat); });
    connect(m_serverPage, &ServerPage::told, this, &MainWindow::tell);
    connect(m_serverPage, &ServerPage::chatRequested, this, [this] { showPage(Page::Chat); });
    connect(m_serverPage, &ServerPage::contextWanted, this, &MainWindow::raiseContext);
    connect(m_settingsPage, &SettingsPage::undoOffered, this, &MainWindow::offerUndo);
    // Queued: the settings page is built anew while its own control still tells of the change.
    connect(&m_workspace.settings(), &Settings::changed, this, &MainWindow::applySettings,
            Qt::QueuedConnection);
}

MainWindow::~MainWindow() = default;

void MainWindow::showSettings(const QString& section) {
    showPage(Page::Settings);
    m_settingsPage->showSection(section);
}

void MainWindow::connectRecovery() {
    DeviceRecovery& recovery = m_workspace.recovery();
    // After the banner, which is connected since it was made.
    connect(&recovery, &DeviceRecovery::changed, this, &MainWindow::fitBanners);
    connect(&recovery, &DeviceRecovery::savingEverything, this, &MainWindow::keepWindow);
    connect(&recovery, &DeviceRecovery::restartReady, this, &MainWindow::restart);
    connect(m_chatPage, &ChatPage::cpuRequested, this, &MainWindow::useCpu);
}

void MainWindow::keepWindow() {
    Settings::Values values = m_workspace.settings().values();
    values.geometry = savedWindow(*this);
    m_workspace.settings().set(values);
    m_workspace.settings().flush();
    // A loss alone must not take what is being edited away.
    if (m_workspace.recovery().state() != DeviceRecovery::State::Saving)
        m_chatPage->keepEdit();
}

void MainWindow::restart() {
    const RestartPlan plan{resumePoint(), m_workspace.model().choice(), page(), m_overrides};
    // The next process begins with the end of this one, which must not ask.
    m_isLeaving = true;
    m_isLeaving = m_restart && m_restart(plan);
    if (!m_isLeaving)
        m_workspace.recovery().restartFailed();
}

void MainWindow::resumeAt(const ResumePoint& point) {
    m_chatPage->resumeAt(point);
}

ResumePoint MainWindow::resumePoint() const {
    ResumePoint point = m_chatPage->resumePoint();
    point.process = QCoreApplication::applicationPid();
    point.restartedMs = nowMilliseconds();
    return point;
}

void MainWindow::useCpu() {
    Settings::Values values = m_workspace.settings().values();
    if (values.device == kCpuDevice) {
        m_workspace.model().reload();
        return;
    }
    values.device = kCpuDevice;
    m_workspace.settings().set(values);
}

void MainWindow::connectStore() {
    ChatStore& store = m_workspace.store();
    connect(&store, &ChatStore::opened, this, [this](const OpenReport& report) {
        m_backup = report.backup;
        m_backupIsNewer = report.outcome == OpenOutcome::Newer;
        m_salvaged = report.salvagedMessages;
        refreshStoreBanner();
    });
    connect(&store, &ChatStore::notSaved, this, [this](const QString& detail) {
        m_saveTrouble = detail;
        refreshStoreBanner();
    });
    connect(&store, &ChatStore::allSaved, this, [this] {
        m_saveTrouble.clear();
        refreshStoreBanner();
    });
    connect(m_storeBanner, &Banner::actionTriggered, &store, &ChatStore::retry);
    connect(m_storeBanner, &Banner::closed, this, [this] {
        m_backup.clear();
        refreshStoreBanner();
    });
}

void MainWindow::fitBanners() {
    const bool isEmpty = m_recoveryBanner->isHidden() && m_storeBanner->isHidden();
    m_banners->setContentsMargins(space::kMd, isEmpty ? 0 : space::kSm, space::kMd, 0);
}

void MainWindow::refreshStoreBanner() {
    m_storeBanner->setVisible(!m_saveTrouble.isEmpty() || !m_backup.isEmpty());
    fitBanners();
    if (!m_saveTrouble.isEmpty())
        m_storeBanner->setContent(
            Banner::Kind::Error,
            tr("Chats can't be saved (%1). They stay open here until the disk takes them.")
                .arg(m_saveTrouble.simplified()),
            tr("Try again"));
    else if (m_backupIsNewer)
        m_storeBanner->setContent(Banner::Kind::Warning,
                                  tr("The chats were written by a newer Hearth. They are kept in "
                                     "“%1”; this window begins with none.")
                                      .arg(m_backup));
    else if (!m_backup.isEmpty())
        m_storeBanner->setContent(Banner::Kind::Warning,
                                  tr("The chats on disk were damaged. %n message(s) could be read; "
                                     "the damaged file is kept in “%1”.",
                                     nullptr, m_salvaged)
                                      .arg(m_backup));
}

void MainWindow::applySettings() {
    const Settings::Values& values = m_workspace.settings().values();
    // What the person chooses now outlasts what the command line asked for.
    if (values.language != m_applied.language)
        m_overrides.language.clear();
    if (values.theme != m_applied.theme)
        m_overrides.theme.reset();
    m_applied = values;
    m_translation.use(m_overrides.language.isEmpty() ? values.language : m_overrides.language);
    const ThemeChoice theme = m_overrides.theme.value_or(values.theme);
    constexpr ThemeMode kModes[] = {ThemeMode::System, ThemeMode::Light, ThemeMode::Dark};
    Theme::current().setMode(kModes[static_cast<int>(theme)]);
    Theme::current().setTextScale(values.textScale);
    constexpr MotionMode kMotions[] = {MotionMode::System, MotionMode::Full, MotionMode::Reduced};
    Theme::current().setMotion(kMotions[static_cast<int>(values.motion)]);
    refreshSidebar();
}

void MainWindow::refreshSidebar() {
    const bool isWanted =
        isNarrow() ? m_isListOver : m_workspace.settings().values().sidebarShown;
    m_chats->setVisible(m_pages->currentWidget() == m_chatPage && isWanted);
}

void MainWindow::showPage(Page page) {
    if (page == Page::Chat)
        showChatOrWelcome();
    else
        m_pages->setCurrentIndex(static_cast<int>(page));
    m_rail->setCurrent(page);
    refreshSidebar();
    refreshTitle();
    if (m_pages->currentWidget() == m_chatPage)
        m_chatPage->focusComposer();
}

void MainWindow::showChatOrWelcome() {
    const bool isWanted = WelcomePage::isWanted(m_workspace);
    QWidget* const wanted = isWanted ? static_cast<QWidget*>(m_welcomePage) : m_chatPage;
    if (m_pages->currentWidget() == wanted)
        return;
    m_pages->setCurrentWidget(wanted);
    refreshSidebar();
    if (!isWanted)
        m_chatPage->focusComposer();
}

Page MainWindow::page() const {
    if (m_pages->currentWidget() == m_welcomePage)
        return Page::Chat;
    return static_cast<Page>(m_pages->currentIndex());
}

bool MainWindow::isSettled() const {
    if (m_pages->currentWidget() == m_welcomePage)
        return m_welcomePage->isSettled();
    return m_workspace.chats().isListLoaded() && m_chatPage->isSettled();
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) {
        refreshStoreBanner();
        refreshTitle();
        if (m_tray)
            m_tray->retranslate();
    }
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
