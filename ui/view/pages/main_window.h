#pragma once

#include "state/resume_point.h"
#include "state/settings.h"
#include "view/pages/rail.h"
#include "view/pages/translation.h"

#include <QWidget>

#include <functional>
#include <optional>
#include <utility>

class QStackedWidget;
class QVBoxLayout;

namespace hearth::ui {

class Banner;
class ChatListPanel;
class ChatPage;
class ModelsPage;
class RecoveryBanner;
class SettingsPage;
class Toast;
class Workspace;

/// Choices of the command line that hold for this run and are not kept.
struct WindowOverrides {
    QString language;                 ///< Empty: as in the settings.
    std::optional<ThemeChoice> theme; ///< Empty: as in the settings.
};

/// How a process that ends now is to begin again.
struct RestartPlan {
    ResumePoint point;
    QString model; ///< As ModelSession::choice().
    Page page = Page::Chat;
    WindowOverrides overrides; ///< Those of the command line that still hold.
};
/// Starts the next process and ends this one soon; false if none could be started.
using RestartFunction = std::function<bool(const RestartPlan&)>;

/// The window: rail, list column and the pages. Applies theme, language and text size, owns the
/// shortcuts, and tells what concerns the window as a whole.
class MainWindow : public QWidget {
    Q_OBJECT

public:
    explicit MainWindow(Workspace& workspace, const WindowOverrides& overrides = {},
                        QWidget* parent = nullptr);
    ~MainWindow() override;

    void showPage(Page page);
    /// What is done about a lost device once everything is on disk.
    void setRestart(RestartFunction restart) { m_restart = std::move(restart); }
    /// Shows the chat at the place where the process before was.
    void resumeAt(const ResumePoint& point);
    [[nodiscard]] ResumePoint resumePoint() const;
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
    void connectRecovery();
    void keepWindow();
    void restart();
    void useCpu();
    void applySettings();
    void stepBack();
    void newChat();
    void removeChat(qint64 chat);
    void toggleSidebar();
    void zoom(int steps);
    void refreshSidebar();
    void refreshStoreBanner();
    void fitBanners();

    Workspace& m_workspace;
    WindowOverrides m_overrides;
    RestartFunction m_restart;
    Settings::Values m_applied;
    Translation m_translation;
    Rail* m_rail;
    ChatListPanel* m_chats;
    QStackedWidget* m_pages;
    QVBoxLayout* m_banners; ///< Above the pages.
    RecoveryBanner* m_recoveryBanner;
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
