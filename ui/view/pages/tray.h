#pragma once

#include <QObject>
#include <QString>

#include <memory>

class QAction;
class QMenu;
class QSystemTrayIcon;

namespace hearth::ui {

/// Hearth's icon in the desktop's tray, with its menu. Window's thread.
class Tray : public QObject {
    Q_OBJECT

public:
    /// Null where the desktop has no tray.
    [[nodiscard]] static std::unique_ptr<Tray> create();
    ~Tray() override;

    /// A bubble; a click on it emits messageClicked().
    void tell(const QString& title, const QString& text);
    void retranslate();

signals:
    void showRequested();
    void newChatRequested();
    void quitRequested();
    void messageClicked();

private:
    Tray();

    std::unique_ptr<QMenu> m_menu;
    std::unique_ptr<QSystemTrayIcon> m_icon;
    QAction* m_show;
    QAction* m_newChat;
    QAction* m_quit;
};

} // namespace hearth::ui
