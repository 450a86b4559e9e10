#include "view/pages/notifier.h"

#include "view/pages/tray.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QVariantMap>

namespace hearth::ui {

namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");

QDBusMessage call(const QString& method, const QVariantList& arguments) {
    QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kService, method);
    message.setArguments(arguments);
    return message;
}

} // namespace

Notifier::Notifier(QObject* parent)
    : QObject(parent)
    , m_bus(QDBusConnection::sessionBus()) {
    m_bus.connect(kService, kPath, kService, QStringLiteral("ActionInvoked"), this,
                  SLOT(onAction(uint, QString)));
    m_bus.connect(kService, kPath, kService, QStringLiteral("ActivationToken"), this,
                  SLOT(onToken(uint, QString)));
    m_bus.connect(kService, kPath, kService, QStringLiteral("NotificationClosed"), this,
                  SLOT(onClosed(uint, uint)));
}

void Notifier::setTray(Tray* tray) {
    m_tray = tray;
    if (tray != nullptr)
        connect(tray, &Tray::messageClicked, this, [this] { emit activated(m_bubble, {}); });
}

void Notifier::tell(qint64 subject, const QString& title, const QString& text) {
    if (!m_bus.isConnected()) {
        bubble(subject, title, text);
        return;
    }
    const QStringList actions{QStringLiteral("default"), tr("Open")};
    const QVariantMap hints{{QStringLiteral("desktop-entry"), QStringLiteral("hearth")},
                            {QStringLiteral("category"), QStringLiteral("im.received")}};
    // The body may be read as markup.
    const QDBusMessage notify =
        call(QStringLiteral("Notify"),
             {QStringLiteral("Hearth"), m_notes.value(subject), QStringLiteral("hearth"), title,
              text.toHtmlEscaped(), actions, hints, -1});
    auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(notify), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, watcher, subject, title, text] {
                const QDBusPendingReply<uint> reply = *watcher;
                watcher->deleteLater();
                if (reply.isError())
                    bubble(subject, title, text);
                else
                    m_notes.insert(subject, reply.value());
            });
}

void Notifier::bubble(qint64 subject, const QString& title, const QString& text) {
    m_bubble = subject;
    if (m_tray != nullptr)
        m_tray->tell(title, text);
}

void Notifier::withdraw(qint64 subject) {
    if (const uint note = m_notes.take(subject); note != 0)
        m_bus.asyncCall(call(QStringLiteral("CloseNotification"), {note}));
}

void Notifier::onToken(uint note, const QString& token) {
    m_tokens.insert(note, token.toUtf8());
}

void Notifier::onAction(uint note, const QString&) {
    // The service tells every program of every note.
    const qint64 subject = m_notes.key(note, 0);
    const QByteArray token = m_tokens.take(note);
    if (subject == 0)
        return;
    withdraw(subject);
    emit activated(subject, token);
}

void Notifier::onClosed(uint note, uint) {
    if (const qint64 subject = m_notes.key(note, 0); subject != 0)
        m_notes.remove(subject);
    m_tokens.remove(note);
}

} // namespace hearth::ui
