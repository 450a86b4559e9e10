#include "view/theme/desktop_preferences.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace hearth::ui {
namespace {

const auto kService = QStringLiteral("org.freedesktop.portal.Desktop");
const auto kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const auto kSettings = QStringLiteral("org.freedesktop.portal.Settings");
const auto kAppearance = QStringLiteral("org.freedesktop.appearance");
const auto kColorScheme = QStringLiteral("color-scheme");
const auto kInterface = QStringLiteral("org.gnome.desktop.interface");
const auto kAnimations = QStringLiteral("enable-animations");

/// The portal wraps values in one or two variants, depending on its version.
QVariant unwrapped(QVariant value) {
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

DesktopPreferences::DesktopPreferences(QObject* parent)
    : QObject(parent) {
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kSettings, QStringLiteral("SettingChanged"), this,
                SLOT(onSetting(QString, QString, QDBusVariant)));
    const auto ask = [this, &bus](const QString& area, const QString& key) {
        QDBusMessage call =
            QDBusMessage::createMethodCall(kService, kPath, kSettings, QStringLiteral("Read"));
        call << area << key;
        auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
        connect(watcher, &QDBusPendingCallWatcher::finished, this,
                [this, area, key](QDBusPendingCallWatcher* done) {
                    const QDBusPendingReply<QDBusVariant> reply = *done;
                    if (!reply.isError())
                        onSetting(area, key, reply.value());
                    done->deleteLater();
                });
    };
    ask(kAppearance, kColorScheme);
    ask(kInterface, kAnimations);
}

void DesktopPreferences::onSetting(const QString& area, const QString& key,
                                   const QDBusVariant& value) {
    const QVariant plain = unwrapped(value.variant());
    // color-scheme: 0 no preference, 1 dark, 2 light.
    if (area == kAppearance && key == kColorScheme && plain.toUInt() != 0)
        emit darkPreferred(plain.toUInt() == 1);
    else if (area == kInterface && key == kAnimations)
        emit reducedMotionPreferred(!plain.toBool());
}

} // namespace hearth::ui
