#pragma once

#include <QDBusConnection>
#include <QHash>
#include <QObject>
#include <QString>

namespace hearth::ui {

class Tray;

/// Notes for the person while the window is not in front: by the desktop's notification service,
/// else by the tray's bubble, else not at all. They never hold what a chat says. Window's thread,
/// which never waits for the service.
class Notifier : public QObject {
    Q_OBJECT

public:
    explicit Notifier(QObject* parent = nullptr);

    /// Where bubbles come from without a service; may be null, must outlive this.
    void setTray(Tray* tray);
    /// A click on the note emits activated(`subject`). A new note takes the place of the last one
    /// of the same subject.
    void tell(qint64 subject, const QString& title, const QString& text);
    /// Takes back the note of a subject that the person has seen by other means.
    void withdraw(qint64 subject);

signals:
    /// The token lets the window come to the front; may be empty.
    void activated(qint64 subject, const QByteArray& activationToken);

private slots:
    void onAction(uint note, const QString& action);
    void onToken(uint note, const QString& token);
    void onClosed(uint note, uint reason);

private:
    void bubble(qint64 subject, const QString& title, const QString& text);

    QDBusConnection m_bus;
    Tray* m_tray = nullptr;
    qint64 m_bubble = 0;         ///< Subject of the tray's last bubble.
    QHash<qint64, uint> m_notes; ///< By subject, those that are shown.
    QHash<uint, QByteArray> m_tokens;
};

} // namespace hearth::ui
