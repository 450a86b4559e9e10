#include "view/theme/desktop_preferences.h"
#include "view/theme/theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QDBusVirtualObject>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace hearth::ui;

namespace {

const auto kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const auto kSettings = QStringLiteral("org.freedesktop.portal.Settings");
const auto kAppearance = QStringLiteral("org.freedesktop.appearance");
const auto kInterface = QStringLiteral("org.gnome.desktop.interface");

/// A session bus of the test's own.
class PrivateBus {
public:
    bool start() {
        const QString program = QStandardPaths::findExecutable(QStringLiteral("dbus-daemon"));
        if (program.isEmpty() || !m_folder.isValid())
            return false;
        QFile config(m_folder.filePath(QStringLiteral("bus.conf")));
        if (!config.open(QIODevice::WriteOnly))
            return false;
        config.write("<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration "
                     "1.0//EN\" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
                     "<busconfig><type>session</type><listen>unix:tmpdir=" +
                     m_folder.path().toUtf8() +
                     "</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                     "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"
                     "<allow own=\"*\"/></policy></busconfig>");
        config.close();
        m_process.start(program, {QStringLiteral("--config-file=") + config.fileName(),
                                  QStringLiteral("--nofork"), QStringLiteral("--print-address")});
        if (!m_process.waitForStarted() || !m_process.waitForReadyRead(5000))
            return false;
        address = QString::fromUtf8(m_process.readLine()).trimmed();
        return !address.isEmpty();
    }

    ~PrivateBus() {
        m_process.kill();
        m_process.waitForFinished();
    }

    QString address;

private:
    QTemporaryDir m_folder;
    QProcess m_process;
};

/// A portal that has the settings of a test.
class FakePortal : public QDBusVirtualObject {
public:
    QHash<QString, QVariant> settings;
    int nesting = 2; ///< Old portals wrap once more.

    QString introspect(const QString&) const override { return {}; }

    bool handleMessage(const QDBusMessage& message, const QDBusConnection& bus) override {
        if (message.interface() != kSettings || message.member() != QLatin1String("Read"))
            return false;
        const QString key = message.arguments().value(1).toString();
        if (!settings.contains(key))
            return bus.send(message.createErrorReply(
                QStringLiteral("org.freedesktop.portal.Error.NotFound"), key));
        QVariant value = settings.value(key);
        for (int i = 1; i < nesting; ++i)
            value = QVariant::fromValue(QDBusVariant(value));
        return bus.send(message.createReply(QVariant::fromValue(QDBusVariant(value))));
    }

    static void tell(QDBusConnection& bus, const QString& area, const QString& key,
                     const QVariant& value) {
        QDBusMessage signal =
            QDBusMessage::createSignal(kPath, kSettings, QStringLiteral("SettingChanged"));
        signal << area << key << QVariant::fromValue(QDBusVariant(value));
        bus.send(signal);
    }
};

} // namespace

class DesktopPreferencesTest : public QObject {
    Q_OBJECT

private slots:
    void followsThePortal() {
        PrivateBus daemon;
        if (!daemon.start())
            QSKIP("dbus-daemon is not installed");
        QDBusConnection bus =
            QDBusConnection::connectToBus(daemon.address, QStringLiteral("portal"));
        QVERIFY(bus.isConnected());
        FakePortal portal;
        portal.settings = {{QStringLiteral("color-scheme"), 1U},
                           {QStringLiteral("enable-animations"), false}};
        QVERIFY(bus.registerVirtualObject(kPath, &portal));
        QVERIFY(bus.registerService(QStringLiteral("org.freedesktop.portal.Desktop")));

        DesktopPreferences preferences(nullptr);
        QList<DesktopScheme> schemes;
        QList<bool> motions;
        connect(&preferences, &DesktopPreferences::schemePreferred, this,
                [&](DesktopScheme scheme) { schemes += scheme; });
        connect(&preferences, &DesktopPreferences::reducedMotionPreferred, this,
                [&](bool reduced) { motions += reduced; });
        preferences.ask(daemon.address);
        QTRY_COMPARE(schemes, QList{DesktopScheme::Dark});
        QTRY_COMPARE(motions, QList{true});

        FakePortal::tell(bus, kAppearance, QStringLiteral("color-scheme"), 2U);
        FakePortal::tell(bus, kAppearance, QStringLiteral("color-scheme"), 0U);
        QTRY_COMPARE(schemes.size(), 3);
        QCOMPARE(schemes.at(1), DesktopScheme::Light);
        QCOMPARE(schemes.at(2), DesktopScheme::NoPreference);
        FakePortal::tell(bus, kInterface, QStringLiteral("enable-animations"), true);
        QTRY_COMPARE(motions.size(), 2);
        QCOMPARE(motions.last(), false);
        FakePortal::tell(bus, kAppearance, QStringLiteral("reduced-motion"), 1U);
        QTRY_COMPARE(motions.size(), 3);
        QCOMPARE(motions.last(), true);
        // Nonsense changes nothing.
        FakePortal::tell(bus, kInterface, QStringLiteral("enable-animations"),
                         QStringLiteral("perhaps"));
        FakePortal::tell(bus, kInterface, QStringLiteral("font-name"), QStringLiteral("Serif"));
        QTest::qWait(100);
        QCOMPARE(motions.size(), 3);
        QCOMPARE(schemes.size(), 3);
    }

    void staysSilentWithoutABus() {
        DesktopPreferences preferences(nullptr);
        bool isTold = false;
        connect(&preferences, &DesktopPreferences::schemePreferred, this,
                [&](DesktopScheme) { isTold = true; });
        QElapsedTimer clock;
        clock.start();
        preferences.ask(QStringLiteral("unix:path=/nonexistent/bus"));
        QVERIFY(clock.elapsed() < 50);
        QTest::qWait(100);
        QVERIFY(!isTold);
    }

    void aSettingOverridesTheDesktop() {
        Theme& theme = Theme::current();
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setMotion(MotionMode::Reduced);
        QCOMPARE(theme.motion(120), 0);
        QCOMPARE(changed.count(), 1);
        theme.setMotion(MotionMode::Full);
        QCOMPARE(theme.motion(120), 120);
        QCOMPARE(changed.count(), 2);
        theme.setMotion(MotionMode::System);
        QCOMPARE(theme.motion(120), 120);
        QCOMPARE(changed.count(), 2);
    }
};

QTEST_MAIN(DesktopPreferencesTest)
#include "desktop_preferences_test.moc"
