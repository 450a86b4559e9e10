#pragma once

#include <QByteArray>
#include <QLocalServer>
#include <QObject>
#include <QString>

#include <memory>

namespace hearth::desktop {

/// What a second start asks of the window that is open.
struct InstanceRequest {
    QString model; ///< A name in the library, or an absolute path; empty: as it is.
    QString page;  ///< As `--page`; empty: as it is.
    bool newChat = false;
    QByteArray activationToken; ///< By which the desktop lets the window come to the front.

    bool operator==(const InstanceRequest&) const = default;

    [[nodiscard]] QByteArray toJson() const;
    /// Fields that are missing or of another type stay empty.
    [[nodiscard]] static InstanceRequest fromJson(const QByteArray& json);
};

/// One window a data folder. Whoever holds the lock on the folder is the first; the kernel frees
/// it with the process, so that a crash leaves nothing in the way. The others hand it their
/// request by a socket that only this user can reach. Window's thread.
class SingleInstance : public QObject {
    Q_OBJECT

public:
    enum class Role {
        First,   ///< requested() tells what later starts ask for.
        Second,  ///< Another process has the folder.
        Unknown, ///< The folder takes no lock (some networks): as if first, without a socket.
    };

    explicit SingleInstance(const QString& dataDirectory, QObject* parent = nullptr);
    ~SingleInstance() override;

    [[nodiscard]] Role role() const { return m_role; }
    /// Of a second process: true once the first has taken the request.
    [[nodiscard]] bool handOver(const InstanceRequest& request) const;
    /// Where the first listens.
    [[nodiscard]] static QString socketPath(const QString& dataDirectory);

signals:
    void requested(const hearth::desktop::InstanceRequest& request);

private:
    void listen();
    void onConnection();

    const QString m_socket;
    int m_lock = -1;
    Role m_role = Role::Unknown;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace hearth::desktop
