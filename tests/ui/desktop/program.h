#pragma once

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace hearth::desktop::test {

/// hearth-desktop as a process of its own, offscreen, with data in a folder of the test.
class Program {
public:
    explicit Program(const QTemporaryDir& folder)
        : m_folder(folder) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), folder.path());
        environment.remove(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"));
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    }
    ~Program() {
        process.kill();
        process.waitForFinished();
    }

    void start(const QStringList& arguments) {
        process.start(QStringLiteral(HEARTH_DESKTOP_PROGRAM),
                      QStringList{QStringLiteral("--data-dir"), dataDirectory()} + arguments);
        process.waitForStarted();
    }
    [[nodiscard]] QString dataDirectory() const {
        return m_folder.filePath(QStringLiteral("data"));
    }
    /// What the program wrote with --report.
    [[nodiscard]] static QJsonObject report(const QString& name) {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object()
                                              : QJsonObject();
    }

    QProcess process;

private:
    const QTemporaryDir& m_folder;
};

} // namespace hearth::desktop::test
