#include "state/workspace.h"
#include "view/pages/chat_list_panel.h"
#include "view/pages/chat_page.h"
#include "view/pages/main_window.h"
#include "view/pages/shortcut_help.h"
#include "view/pages/shortcuts.h"

#include <QShortcut>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr double kZoomStep = 0.05;
constexpr int kLeastWidthWithList = 760;

} // namespace

void MainWindow::addActions() {
    const auto on = [this](Action action, std::function<void()> handler) {
        m_shortcuts->setHandler(action, std::move(handler));
    };
    on(Action::NewChat, [this] { newChat(); });
    on(Action::SearchChats, [this] { searchChats(); });
    on(Action::ToggleSidebar, [this] { toggleSidebar(); });
    on(Action::ChatsPage, [this] { showPage(Page::Chat); });
    on(Action::ModelsPage, [this] { showPage(Page::Models); });
    on(Action::ServerPage, [this] { showPage(Page::Server); });
    on(Action::SettingsPage, [this] { showPage(Page::Settings); });
    on(Action::ZoomIn, [this] { zoom(1); });
    on(Action::ZoomOut, [this] { zoom(-1); });
    on(Action::ZoomReset, [this] { resetZoom(); });
    on(Action::Help, [this] { openShortcutHelp(*this, *m_shortcuts); });
    on(Action::Quit, [this] { quit(); });
    // Not one of those that can be bound to something else.
    connect(new QShortcut(Qt::Key_Escape, this), &QShortcut::activated, this,
            &MainWindow::stepBack);
}

void MainWindow::addChatActions() {
    const auto show = [this](Action action, void (ChatPage::*handler)()) {
        m_shortcuts->setHandler(action, [this, handler] {
            showPage(Page::Chat);
            (m_chatPage->*handler)();
        });
    };
    show(Action::ChooseModel, &ChatPage::openModelChoice);
    show(Action::FindInChat, &ChatPage::openFind);
    show(Action::ToggleInspector, &ChatPage::toggleInspector);
    // These change or copy what is seen, so it must be seen.
    const auto onChat = [this](Action action, std::function<void()> handler) {
        m_shortcuts->setHandler(action, [this, handler = std::move(handler)] {
            if (page() == Page::Chat)
                handler();
        });
    };
    onChat(Action::Regenerate, [this] { m_chatPage->regenerateLast(); });
    onChat(Action::CopyReply, [this] { m_chatPage->copyLastReply(); });
    onChat(Action::PreviousVersion, [this] { m_chatPage->showNeighbourVersion(-1); });
    onChat(Action::NextVersion, [this] { m_chatPage->showNeighbourVersion(1); });
    onChat(Action::PreviousChat, [this] { m_workspace.chats().openNeighbour(-1); });
    onChat(Action::NextChat, [this] { m_workspace.chats().openNeighbour(1); });
}

void MainWindow::stepBack() {
    if (page() != Page::Chat)
        showPage(Page::Chat);
    else if (!m_chats->stepBack())
        m_chatPage->stepBack();
}

void MainWindow::newChat() {
    m_workspace.chats().newChat();
    showPage(Page::Chat);
}

void MainWindow::searchChats() {
    Settings::Values values = m_workspace.settings().values();
    values.sidebarShown = true;
    m_workspace.settings().set(values);
    m_isListOver = isNarrow();
    showPage(Page::Chat);
    m_chats->focusSearch();
}

bool MainWindow::isNarrow() const {
    return width() < kLeastWidthWithList;
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_isListOver = m_isListOver && isNarrow();
    refreshSidebar();
}

void MainWindow::toggleSidebar() {
    if (isNarrow()) {
        m_isListOver = !m_isListOver;
        refreshSidebar();
        return;
    }
    Settings::Values values = m_workspace.settings().values();
    values.sidebarShown = !values.sidebarShown;
    m_workspace.settings().set(values);
    refreshSidebar();
}

void MainWindow::zoom(int steps) {
    Settings::Values values = m_workspace.settings().values();
    values.textScale = std::clamp(values.textScale + steps * kZoomStep, 0.8, 1.6);
    m_workspace.settings().set(values);
}

void MainWindow::resetZoom() {
    Settings::Values values = m_workspace.settings().values();
    values.textScale = 1.0;
    m_workspace.settings().set(values);
}

} // namespace hearth::ui
