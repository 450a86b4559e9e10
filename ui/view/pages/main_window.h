#pragma once

#include "state/settings.h"
#include "view/pages/rail.h"
#include "view/pages/translation.h"

#include <QWidget>

#include <optional>

class QStackedWidget;

namespace hearth::ui {

class Banner;
class ChatListPanel;
class ChatPage;
class ModelsPage;
class SettingsPage;
class Toast;
class Workspace;

/// Choices of the command line that hold for this run and are not kept.
struct WindowOverrides {
    QString language;                 ///< Empty: as in the settings.
    std::optional<ThemeChoice> theme; ///< Empty: as in the settings.
};

/// The window: rail, list column and the pages. Applies theme, language and text size, owns the
/// shortcuts, and tells what concerns the window as a whole.
class MainWindow : public QWidget {
    Q_OBJECT

public:
    explicit MainWindow(Workspace& workspace, const WindowOverrides& overrides = {},
                        QWidget* parent = nullptr);
    ~MainWindow() override;

    void showPage(Page page);
    [[nodiscard]] Page page() const;
    /// True once the window shows what it is going to show; for pictures.
    [[nodiscard]] bool isSettled() const;

signals:
    void closing();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void addShortcuts();
    void connectStore();
    void applySettings();
    void stepBack();
    void newChat();
    void removeChat(qint64 chat);
    void toggleSidebar();
    void zoom(int steps);
    void refreshSidebar();
    void refreshStoreBanner();

    Workspace& m_workspace;
    WindowOverrides m_overrides;
    Settings::Values m_applied;
    Translation m_translation;
    Rail* m_rail;
    ChatListPanel* m_chats;
    QStackedWidget* m_pages;
    Banner* m_storeBanner;
    ChatPage* m_chatPage;
    ModelsPage* m_modelsPage;
    SettingsPage* m_settingsPage;
    Toast* m_toast;
    QString m_saveTrouble; ///< The disk's words while chats can't be saved.
    QString m_backup;      ///< Where the damaged or newer chats were put.
    bool m_backupIsNewer = false;
    int m_salvaged = 0;
};

} // namespace hearth::ui
