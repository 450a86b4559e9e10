#include "single_instance.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QThread>
#include <QTimer>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hearth::desktop {

namespace {

constexpr int kAnswerMilliseconds = 5000;
constexpr int kConnectTries = 25; ///< The first may still be on its way to listening.
constexpr unsigned long kConnectPauseMilliseconds = 100;
constexpr qint64 kMaxRequestBytes = 64 * 1024;
constexpr char kTaken[] = "ok\n";

/// The desktop's folder for sockets of this user, else one that only this user can enter; empty if
/// there is none that can be trusted.
QString socketFolder() {
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    const QString folder = !runtime.isEmpty()
                               ? runtime
                               : QDir::tempPath() + QStringLiteral("/hearth-%1").arg(getuid());
    const QByteArray path = QFile::encodeName(folder);
    if (runtime.isEmpty() && mkdir(path.constData(), S_IRWXU) != 0 && errno != EEXIST)
        return {};
    struct stat about {};
    const bool isOurs = lstat(path.constData(), &about) == 0 && S_ISDIR(about.st_mode) &&
                        about.st_uid == getuid() && (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    return isOurs ? folder : QString();
}

bool isOfThisUser(const QLocalSocket& socket) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    const auto descriptor = static_cast<int>(socket.socketDescriptor());
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == getuid();
}

} // namespace

QByteArray InstanceRequest::toJson() const {
    const QJsonObject json{{"model", model},
                           {"page", page},
                           {"new_chat", newChat},
                           {"activation_token", QString::fromUtf8(activationToken)}};
    return QJsonDocument(json).toJson(QJsonDocument::Compact);
}

InstanceRequest InstanceRequest::fromJson(const QByteArray& bytes) {
    const QJsonObject json = QJsonDocument::fromJson(bytes).object();
    return {json["model"].toString(), json["page"].toString(), json["new_chat"].toBool(),
            json["activation_token"].toString().toUtf8()};
}

QString SingleInstance::socketPath(const QString& dataDirectory) {
    const QString folder = socketFolder();
    if (folder.isEmpty())
        return {};
    const QByteArray canonical = QFileInfo(dataDirectory).canonicalFilePath().toUtf8();
    const QByteArray name =
        QCryptographicHash::hash(canonical, QCryptographicHash::Sha256).toHex().left(16);
    return folder + QStringLiteral("/hearth-") + QString::fromLatin1(name);
}

SingleInstance::SingleInstance(const QString& dataDirectory, QObject* parent)
    : QObject(parent)
    , m_socket((QDir().mkpath(dataDirectory), socketPath(dataDirectory))) {
    const QByteArray file = QFile::encodeName(QDir(dataDirectory).filePath(QStringLiteral("lock")));
    m_lock = open(file.constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (m_lock < 0)
        return;
    if (flock(m_lock, LOCK_EX | LOCK_NB) == 0) {
        m_role = Role::First;
        listen();
    } else if (errno == EWOULDBLOCK) {
        m_role = Role::Second;
    }
}

SingleInstance::~SingleInstance() {
    m_server.reset();
    if (m_lock >= 0)
        close(m_lock);
}

void SingleInstance::listen() {
    if (m_socket.isEmpty())
        return;
    // Whoever holds the lock is alone, so what lies there is a dead process's.
    QLocalServer::removeServer(m_socket);
    m_server = std::make_unique<QLocalServer>();
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    connect(m_server.get(), &QLocalServer::newConnection, this, &SingleInstance::onConnection);
    m_server->listen(m_socket);
}

void SingleInstance::onConnection() {
    while (QLocalSocket* const socket = m_server->nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        QTimer::singleShot(kAnswerMilliseconds, socket, [socket] { socket->abort(); });
        if (!isOfThisUser(*socket)) {
            socket->abort();
            continue;
        }
        const auto read = [this, socket] {
            if (socket->bytesAvailable() > kMaxRequestBytes) {
                socket->abort();
                return;
            }
            if (!socket->canReadLine())
                return;
            const InstanceRequest request = InstanceRequest::fromJson(socket->readLine());
            socket->write(kTaken);
            socket->disconnectFromServer();
            emit requested(request);
        };
        connect(socket, &QLocalSocket::readyRead, this, read);
        read();
    }
}

bool SingleInstance::handOver(const InstanceRequest& request) const {
    if (m_socket.isEmpty())
        return false;
    QLocalSocket socket;
    for (int tries = 0; tries < kConnectTries; ++tries) {
        socket.connectToServer(m_socket);
        if (socket.waitForConnected(kAnswerMilliseconds))
            break;
        QThread::msleep(kConnectPauseMilliseconds);
    }
    if (socket.state() != QLocalSocket::ConnectedState || !isOfThisUser(socket))
        return false;
    socket.write(request.toJson() + '\n');
    while (!socket.canReadLine())
        if (!socket.waitForReadyRead(kAnswerMilliseconds))
            return false;
    return socket.readLine() == kTaken;
}

} // namespace hearth::desktop
