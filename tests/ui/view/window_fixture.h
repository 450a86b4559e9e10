#pragma once

#include "demo/scripted_host.h"
#include "state/chat_session.h"
#include "state/workspace.h"
#include "ui/support/chat_fixtures.h"
#include "view/pages/composer.h"
#include "view/pages/main_window.h"

#include <QAbstractButton>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

namespace hearth::ui::test {

/// A window over a scripted engine and a folder of its own.
class WindowFixture {
public:
    void open(const LoadScript& script = {}) { open(std::vector<LoadScript>{script}); }
    /// Each engine that is made takes the next script, those after the last one the last.
    void open(const std::vector<LoadScript>& scripts) {
        WorkspaceOptions options;
        options.dataDirectory = directory.path();
        options.makeLibrary = memoryLibrary();
        options.makeServer = server;
        options.makeHost = [this, scripts](const HostOptions&) -> Result<std::unique_ptr<Host>> {
            const std::size_t next = std::min(scripts.size() - 1, std::size_t(m_hosts++));
            auto made = std::make_unique<ScriptedHost>(scripts.at(next));
            host = made.get();
            return std::unique_ptr<Host>(std::move(made));
        };
        workspace = std::make_unique<Workspace>(options);
        window = std::make_unique<MainWindow>(*workspace, WindowOverrides{});
        window->show();
        QVERIFY(QTest::qWaitForWindowActive(window.get()));
        QTRY_VERIFY(workspace->chats().isListLoaded());
        QTRY_VERIFY(workspace->model().state() != ModelSession::State::Looking);
    }
    template<typename Scripts = LoadScript>
    void openReady(const Scripts& scripts = {}) {
        open(scripts);
        QTRY_COMPARE(workspace->model().state(), ModelSession::State::Ready);
    }
    void close() {
        m_hosts = 0;
        window.reset();
        workspace.reset();
    }

    template<typename Widget>
    [[nodiscard]] Widget* child(const QString& name = {}) const {
        return window->findChild<Widget*>(name);
    }
    [[nodiscard]] ComposerField* field() const { return child<ComposerField>(); }
    [[nodiscard]] ChatSession& chat() const { return workspace->chats().current(); }
    [[nodiscard]] const Settings::Values& values() const { return workspace->settings().values(); }
    void send(const QString& text) const {
        QTest::keyClicks(field(), text);
        QTest::keyClick(field(), Qt::Key_Return);
    }
    /// The visible button with this text or name; null: there is none.
    [[nodiscard]] QAbstractButton* button(const QString& text) const {
        for (QAbstractButton* found : window->findChildren<QAbstractButton*>())
            if (found->isVisible() && (found->text() == text || found->accessibleName() == text))
                return found;
        return nullptr;
    }

    QTemporaryDir directory;
    ServerFactory server; ///< Null: none.
    std::unique_ptr<Workspace> workspace;
    std::unique_ptr<MainWindow> window;
    std::atomic<ScriptedHost*> host = nullptr;

private:
    std::atomic<int> m_hosts = 0;
};

} // namespace hearth::ui::test
