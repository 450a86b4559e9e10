#include "view/theme/desktop_preferences.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QUuid>

#include <utility>

namespace hearth::ui {
namespace {

const auto kService = QStringLiteral("org.freedesktop.portal.Desktop");
const auto kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const auto kSettings = QStringLiteral("org.freedesktop.portal.Settings");
const auto kAppearance = QStringLiteral("org.freedesktop.appearance");
const auto kColorScheme = QStringLiteral("color-scheme");
const auto kReducedMotion = QStringLiteral("reduced-motion");
const auto kInterface = QStringLiteral("org.gnome.desktop.interface");
const auto kAnimations = QStringLiteral("enable-animations");

/// The portal wraps values in one or two variants, depending on its version.
QVariant unwrapped(QVariant value) {
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

/// Lives in the thread; tells the preferences by queued signals.
class PortalListener : public QObject {
    Q_OBJECT

public:
    explicit PortalListener(QString address)
        : m_address(std::move(address))
        , m_name(QUuid::createUuid().toString()) {}

    ~PortalListener() override { QDBusConnection::disconnectFromBus(m_name); }

public slots:
    void listen() {
        // A connection of our own: the shared one is handed out only after it is joined.
        QDBusConnection bus =
            m_address.isEmpty() ? QDBusConnection::connectToBus(QDBusConnection::SessionBus, m_name)
                                : QDBusConnection::connectToBus(m_address, m_name);
        if (!bus.isConnected())
            return;
        bus.connect(kService, kPath, kSettings, QStringLiteral("SettingChanged"), this,
                    SLOT(onChanged(QDBusMessage)));
        ask(bus, kAppearance, kColorScheme);
        ask(bus, kAppearance, kReducedMotion);
        ask(bus, kInterface, kAnimations);
    }

signals:
    void schemeTold(hearth::ui::DesktopScheme scheme);
    void reducedMotionTold(bool reduced);

private slots:
    // Qt 6.4 does not connect a slot with the signal's three arguments.
    void onChanged(const QDBusMessage& message) {
        const QVariantList told = message.arguments();
        if (message.signature() == QLatin1String("ssv"))
            onSetting(told.at(0).toString(), told.at(1).toString(),
                      told.at(2).value<QDBusVariant>());
    }

private:
    void onSetting(const QString& area, const QString& key, const QDBusVariant& value) {
        const QVariant plain = unwrapped(value.variant());
        if (area == kAppearance && key == kColorScheme) {
            const uint told = plain.toUInt(); // 0 no preference, 1 dark, 2 light; others: none.
            emit schemeTold(told == 1   ? DesktopScheme::Dark
                            : told == 2 ? DesktopScheme::Light
                                        : DesktopScheme::NoPreference);
        } else if (area == kAppearance && key == kReducedMotion) {
            m_asksForStillness = plain.toUInt() == 1;
            tellMotion();
        } else if (area == kInterface && key == kAnimations && plain.typeId() == QMetaType::Bool) {
            m_animates = plain.toBool();
            tellMotion();
        }
    }

    void tellMotion() { emit reducedMotionTold(m_asksForStillness || !m_animates); }

    void ask(QDBusConnection& bus, const QString& area, const QString& key) {
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
    }

    const QString m_address;
    const QString m_name;
    bool m_asksForStillness = false;
    bool m_animates = true;
};

DesktopPreferences::DesktopPreferences(QObject* parent)
    : QObject(parent) {
    qRegisterMetaType<DesktopScheme>();
    m_thread.setObjectName(QStringLiteral("portal"));
}

DesktopPreferences::~DesktopPreferences() {
    m_thread.quit();
    m_thread.wait();
}

void DesktopPreferences::ask(const QString& address) {
    if (m_thread.isRunning())
        return;
    auto* listener = new PortalListener(address);
    listener->moveToThread(&m_thread);
    connect(&m_thread, &QThread::started, listener, &PortalListener::listen);
    connect(&m_thread, &QThread::finished, listener, &QObject::deleteLater);
    connect(listener, &PortalListener::schemeTold, this, &DesktopPreferences::schemePreferred);
    connect(listener, &PortalListener::reducedMotionTold, this,
            &DesktopPreferences::reducedMotionPreferred);
    m_thread.start();
}

} // namespace hearth::ui

#include "desktop_preferences.moc"
