#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

namespace hearth::ui {

/// A key that other programs show to the window's server.
struct ServerKey {
    QString name;
    QString secret; ///< Shown to the person once, when it is made.
    qint64 createdMs = 0;

    bool operator==(const ServerKey&) const = default;
};

inline constexpr QLatin1String kThisComputer("127.0.0.1");
inline constexpr QLatin1String kEveryNetwork("0.0.0.0");

/// How the person wants the window's server; part of the settings' file, which only its owner may
/// read because of the keys.
struct ServerChoice {
    static constexpr int kPort = 23333;

    QString address = kThisComputer; ///< An IP address.
    int port = kPort;                ///< 1 … 65535.
    bool startsWithWindow = false;
    QList<ServerKey> keys;
    QStringList origins; ///< Web pages that may use the server, as "https://host:port", or "*".

    bool operator==(const ServerChoice&) const = default;

    /// Only programs of this computer reach it, so no key is needed.
    [[nodiscard]] bool isLocal() const;

    [[nodiscard]] QJsonObject toJson() const;
    /// Fields that are missing or make no sense keep their default.
    [[nodiscard]] static ServerChoice fromJson(const QJsonObject& json);
};

/// IPv4 or IPv6, without brackets.
[[nodiscard]] bool isIpAddress(const QString& text);
[[nodiscard]] bool isLoopback(const QString& address);
/// "*", or scheme, host and perhaps a port, nothing after it.
[[nodiscard]] bool isOrigin(const QString& text);
/// True if a server could listen there at this moment.
[[nodiscard]] bool isPortFree(const QString& address, int port);
/// The next one above `port` that is free at the address; the one above it if none is found.
[[nodiscard]] int freePortAfter(const QString& address, int port);
/// With a secret of 256 random bits.
[[nodiscard]] ServerKey makeServerKey(const QString& name);

/// Names and addresses by which other devices reach this computer: those of its interfaces that
/// are up, loopback's not; IPv4 first.
[[nodiscard]] QStringList localAddresses();
/// Its own name and that name in ".local"; empty if it has none.
[[nodiscard]] QStringList localNames();

} // namespace hearth::ui
