#pragma once

#include "demo/scripted_host.h"
#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/chat/chat_source.h"
#include "view/chat/chat_view.h"
#include "view/components/toast.h"
#include "view/pages/chat_list_delegate.h"
#include "view/pages/chat_list_panel.h"
#include "view/pages/chat_page.h"
#include "view/pages/composer.h"
#include "view/pages/main_window.h"
#include "view/theme/theme.h"

#include "ui/support/chat_fixtures.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

namespace hearth::ui::test {

inline QPushButton* buttonWithText(const QWidget& in, const QString& text) {
    for (QPushButton* button : in.findChildren<QPushButton*>())
        if (button->text() == text && button->isVisible())
            return button;
    return nullptr;
}

/// A button with an icon only, by its name or the beginning of it.
inline QAbstractButton* buttonNamed(const QWidget& in, const QString& name) {
    for (QAbstractButton* button : in.findChildren<QAbstractButton*>())
        if (button->accessibleName().startsWith(name) && button->isVisible())
            return button;
    return nullptr;
}

/// An entry of the menu that is open, or of a submenu of it; null: there is none.
inline QAction* menuEntry(const QString& text) {
    const auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    if (menu == nullptr)
        return nullptr;
    QList<QAction*> actions = menu->actions();
    for (int index = 0; index < actions.size(); ++index) {
        if (actions.at(index)->text() == text)
            return actions.at(index);
        if (const QMenu* submenu = actions.at(index)->menu())
            actions += submenu->actions();
    }
    return nullptr;
}

/// Takes an entry of the open menu, as a click on it does.
inline bool takeEntry(const QString& text) {
    QAction* const action = menuEntry(text);
    if (action == nullptr || !action->isEnabled())
        return false;
    action->trigger();
    QApplication::activePopupWidget()->close();
    return true;
}

/// A window over a scripted engine, in a folder of its own that outlasts it.
class ChatWindow {
public:
    ~ChatWindow() { close(); }

    void open(const LoadScript& script = {}, const LoadOptions& load = {}) {
        WorkspaceOptions options;
        options.dataDirectory = m_directory.path();
        options.load = load;
        options.makeLibrary = memoryLibrary();
        options.makeHost = [this, script](const HostOptions&) -> Result<std::unique_ptr<Host>> {
            auto host = std::make_unique<ScriptedHost>(script);
            m_host = host.get();
            return std::unique_ptr<Host>(std::move(host));
        };
        open(options);
    }
    void open(const WorkspaceOptions& options) {
        m_workspace = std::make_unique<Workspace>(options);
        Settings::Values values = m_workspace->settings().values();
        values.automaticTitles = false;
        m_workspace->settings().set(values);
        m_window = std::make_unique<MainWindow>(*m_workspace, WindowOverrides{"en", std::nullopt});
        m_window->resize(size::kWindowWidth + size::kInspector, size::kWindowHeight);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QTRY_VERIFY(m_workspace->chats().isListLoaded());
    }
    /// With a model that answers.
    void openReady(const LoadScript& script = {}, const LoadOptions& load = {}) {
        open(script, load);
        QTRY_COMPARE(m_workspace->model().state(), ModelSession::State::Ready);
    }
    void close() {
        if (m_window)
            m_window->close();
        m_window.reset();
        m_workspace.reset();
    }

    void type(const QString& text) const { QTest::keyClicks(field(), text); }
    void send(const QString& text) const {
        type(text);
        QTest::keyClick(field(), Qt::Key_Return);
    }
    /// Sends and waits for the whole reply.
    void ask(const QString& text) const {
        const int before = chat().count();
        send(text);
        QTRY_COMPARE(chat().count(), before + 2);
        QTRY_VERIFY(!chat().isBusy());
    }
    template<typename Widget>
    Widget* child() const {
        return m_window->findChild<Widget*>();
    }
    MainWindow& window() const { return *m_window; }
    Workspace& workspace() const { return *m_workspace; }
    ChatController& chats() const { return m_workspace->chats(); }
    ChatSession& chat() const { return m_workspace->chats().current(); }
    ChatPage& page() const { return *child<ChatPage>(); }
    Composer& composer() const { return *child<Composer>(); }
    ComposerField* field() const { return child<ComposerField>(); }
    ChatView& view() const { return *child<ChatView>(); }
    ChatListView* list() const { return child<ChatListView>(); }
    int rows() const { return list()->model()->rowCount(); }
    QString title(int row) const { return list()->model()->index(row, 0).data().toString(); }
    QPoint rowCenter(int row) const {
        const QModelIndex index = list()->model()->index(row, 0);
        return ChatListDelegate::bodyRect(list()->visualRect(index), index).center();
    }
    void clickRow(int row, Qt::KeyboardModifiers modifiers = {}) const {
        QTest::mouseClick(list()->viewport(), Qt::LeftButton, modifiers, rowCenter(row));
    }
    void openMenu(int row) const {
        emit list()->menuRequested(list()->model()->index(row, 0),
                                   list()->viewport()->mapToGlobal(rowCenter(row)));
    }
    /// Takes the Undo of the toast; false if none is offered.
    bool undo() const {
        QPushButton* const button = buttonWithText(*child<Toast>(), QStringLiteral("Undo"));
        if (button != nullptr)
            QTest::mouseClick(button, Qt::LeftButton);
        return button != nullptr;
    }
    std::vector<Request> requests() const {
        return m_host.load()->engine(m_workspace->model().name().toStdString())->requests();
    }
    std::shared_ptr<ScriptedEngine> engine() const {
        return m_host.load()->engine(m_workspace->model().name().toStdString());
    }
    QString filePath(const QString& name) const { return m_directory.filePath(name); }

private:
    QTemporaryDir m_directory;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<MainWindow> m_window;
    std::atomic<ScriptedHost*> m_host = nullptr;
};

} // namespace hearth::ui::test
