#pragma once

#include "state/resume_point.h"
#include "state/settings.h"
#include "view/pages/close_question.h"
#include "view/pages/rail.h"
#include "view/pages/translation.h"

#include <QWidget>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

class QStackedWidget;
class QVBoxLayout;

namespace hearth::ui {

class Banner;
class ChatListPanel;
class ChatPage;
class ModelsPage;
class Notifier;
class RecoveryBanner;
class ServerPage;
class SettingsPage;
class Shortcuts;
class Toast;
class Tray;
class WelcomePage;
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
/// shortcuts, and tells what concerns the window as a whole: banners, toasts, the tray and notes of
/// the desktop. Closing it asks first where that would cut work short.
class MainWindow : public QWidget {
    Q_OBJECT

public:
    explicit MainWindow(Workspace& workspace, const WindowOverrides& overrides = {},
                        QWidget* parent = nullptr);
    ~MainWindow() override;

    void showPage(Page page);
    void showSettings(const QString& section);
    void newChat();
    /// In front of the others, where the desktop lets it; the token is the desktop's leave.
    void bringToFront(const QByteArray& activationToken = {});
    /// What is done about a lost device once everything is on disk.
    void setRestart(RestartFunction restart) { m_restart = std::move(restart); }
    /// Shows the chat at the place where the process before was.
    void resumeAt(const ResumePoint& point);
    [[nodiscard]] ResumePoint resumePoint() const;
    [[nodiscard]] Page page() const;
    [[nodiscard]] Shortcuts& shortcuts() const { return *m_shortcuts; }
    /// True once the window shows what it is going to show; for pictures.
    [[nodiscard]] bool isSettled() const;

    /// Closes the window and ends the program; asks first, as closing does.
    void quit();
    /// The session ends: everything is stored, nothing is asked.
    void endSession();

public slots:
    /// Something was done that `undo` takes back for a while; `expired` runs once it no longer can.
    void offerUndo(const QString& text, const std::function<void()>& undo,
                   const std::function<void()>& expired);
    void tell(const QString& text);

signals:
    void closing();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();
    void connectPages();
    void connectStore();
    void connectRecovery();
    void connectManners();
    void addTray();
    void addActions();
    void addChatActions();
    void keepWindow();
    void restart();
    void useCpu();
    void applySettings();
    void stepBack();
    void searchChats();
    void raiseContext(int tokens);
    /// Too narrow for the list and a chat: the list is shown when it is asked for only.
    [[nodiscard]] bool isNarrow() const;
    void toggleSidebar();
    void zoom(int steps);
    void resetZoom();
    void refreshSidebar();
    void refreshTitle();
    void refreshBusy();
    /// The chat page, or the welcome page where that is wanted.
    void showChatOrWelcome();
    void refreshStoreBanner();
    void fitBanners();
    [[nodiscard]] WorkInProgress work() const;
    void leave();
    void hideToTray();
    /// What keeps the server off is said wherever the person is.
    void onServerChanged();
    void onReplyFinished(qint64 chat, bool failed);
    void tellBehind(qint64 subject, const QString& title, const QString& text);
    void openFromNote(qint64 chat, const QByteArray& activationToken);

    Workspace& m_workspace;
    WindowOverrides m_overrides;
    RestartFunction m_restart;
    Settings::Values m_applied;
    Translation m_translation;
    bool m_serverHasFailed = false;
    Shortcuts* m_shortcuts;
    Rail* m_rail;
    ChatListPanel* m_chats;
    QStackedWidget* m_pages;
    QVBoxLayout* m_banners; ///< Above the pages.
    RecoveryBanner* m_recoveryBanner;
    Banner* m_storeBanner;
    ChatPage* m_chatPage;
    WelcomePage* m_welcomePage; ///< In the chat page's place while it is wanted.
    ModelsPage* m_modelsPage;
    ServerPage* m_serverPage;
    SettingsPage* m_settingsPage;
    Toast* m_toast;
    bool m_isListOver = false; ///< In a narrow window, until it is asked away or wide again.
    Notifier* m_notifier;
    std::unique_ptr<Tray> m_tray; ///< Null where there is none.
    bool m_isAsking = false;      ///< Whether to close.
    bool m_isLeaving = false;     ///< Closing asks no more.
    bool m_isQuitting = false;    ///< Closing leaves nothing in the tray.
    bool m_isTrayTold = false;
    QString m_saveTrouble; ///< The disk's words while chats can't be saved.
    QString m_backup;      ///< Where the damaged or newer chats were put.
    bool m_backupIsNewer = false;
    int m_salvaged = 0;
};

} // namespace hearth::ui
