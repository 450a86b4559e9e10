#include "state/server_choice.h"

#include "state/chat_records.h"

#include <QJsonArray>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QSysInfo>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace hearth::ui {

namespace {

constexpr int kMostKeys = 64;
constexpr int kMostOrigins = 64;
constexpr int kSecretWords = 8; // of 32 bits
constexpr int kPortsTried = 64;
constexpr int kFirstOpenPort = 1024; // Those below are the system's.
constexpr int kHighestPort = 65535;

/// Empty if the interface has no IP address that others could use.
QString addressText(const ifaddrs& interface) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const sockaddr* const address = interface.ifa_addr;
    if (address == nullptr)
        return {};
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    } else if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        // A link-local one means nothing without the interface's name.
        if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
            return {};
        inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    }
    return QString::fromLatin1(text.data());
}

/// Of an IP address and a port; the size is 0 if the text is none.
socklen_t fill(sockaddr_storage& storage, const QString& address, int port) {
    const QByteArray name = address.toUtf8();
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, name.constData(), &v4.sin_addr) == 1) {
        std::memcpy(&storage, &v4, sizeof(v4));
        return sizeof(v4);
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = v4.sin_port;
    if (inet_pton(AF_INET6, name.constData(), &v6.sin6_addr) != 1)
        return 0;
    std::memcpy(&storage, &v6, sizeof(v6));
    return sizeof(v6);
}

} // namespace

bool ServerChoice::isLocal() const {
    return isLoopback(address);
}

QJsonObject ServerChoice::toJson() const {
    QJsonArray stored;
    for (const ServerKey& key : keys)
        stored.append(QJsonObject{{"name", key.name},
                                  {"secret", key.secret},
                                  {"created", static_cast<double>(key.createdMs)}});
    return {{"address", address},
            {"port", port},
            {"starts_with_window", startsWithWindow},
            {"keys", stored},
            {"origins", QJsonArray::fromStringList(origins)}};
}

ServerChoice ServerChoice::fromJson(const QJsonObject& json) {
    ServerChoice choice;
    if (const QString address = json["address"].toString(); isIpAddress(address))
        choice.address = address;
    if (const int port = json["port"].toInt(); port > 0 && port <= kHighestPort)
        choice.port = port;
    choice.startsWithWindow = json["starts_with_window"].toBool();
    for (const QJsonValue& value : json["keys"].toArray()) {
        const QJsonObject stored = value.toObject();
        const ServerKey key{plainLine(stored["name"].toString()), stored["secret"].toString(),
                            static_cast<qint64>(stored["created"].toDouble())};
        if (!key.secret.isEmpty() && choice.keys.size() < kMostKeys)
            choice.keys += key;
    }
    for (const QJsonValue& value : json["origins"].toArray())
        if (isOrigin(value.toString()) && choice.origins.size() < kMostOrigins)
            choice.origins += value.toString();
    return choice;
}

bool isIpAddress(const QString& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const QByteArray name = text.toUtf8();
    return !text.contains(QChar::Null) && (inet_pton(AF_INET, name.constData(), bytes.data()) == 1 ||
                                           inet_pton(AF_INET6, name.constData(), bytes.data()) == 1);
}

bool isLoopback(const QString& address) {
    return isIpAddress(address) &&
           (address.startsWith(QLatin1String("127.")) || address == QLatin1String("::1"));
}

bool isOrigin(const QString& text) {
    static const QRegularExpression kOrigin(
        QStringLiteral(R"(^[a-z][a-z0-9+.-]*://(\[[0-9a-fA-F:.]+\]|[^\s/:?#@\[\]*]+)(:\d{1,5})?$)"));
    return text == QLatin1String("*") || kOrigin.match(text).hasMatch();
}

bool isPortFree(const QString& address, int port) {
    sockaddr_storage storage{};
    const socklen_t size = fill(storage, address, port);
    const int probe = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (size == 0 || probe < 0)
        return false;
    // As the server does: else a port whose last connections are just over looks taken.
    const int on = 1;
    static_cast<void>(::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
    const bool isFree = ::bind(probe, reinterpret_cast<const sockaddr*>(&storage), size) == 0;
    ::close(probe);
    return isFree;
}

int freePortAfter(const QString& address, int port) {
    const int first = std::max(port + 1, kFirstOpenPort);
    for (int next = first; next < first + kPortsTried && next <= kHighestPort; ++next)
        if (isPortFree(address, next))
            return next;
    return first <= kHighestPort ? first : int(ServerChoice::kPort);
}

ServerKey makeServerKey(const QString& name) {
    std::array<quint32, kSecretWords> words{};
    QRandomGenerator::system()->fillRange(words.data(), words.size());
    const QByteArray bytes(reinterpret_cast<const char*>(words.data()), sizeof(words));
    const QByteArray text =
        bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    return {name, QStringLiteral("hearth-") + QString::fromLatin1(text), nowMilliseconds()};
}

QStringList localAddresses() {
    QStringList v4;
    QStringList v6;
    ifaddrs* interfaces = nullptr;
    if (getifaddrs(&interfaces) != 0)
        return {};
    for (const ifaddrs* next = interfaces; next != nullptr; next = next->ifa_next) {
        if ((next->ifa_flags & IFF_UP) == 0 || (next->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        const QString text = addressText(*next);
        if (!text.isEmpty())
            (text.contains(QLatin1Char(':')) ? v6 : v4) += text;
    }
    freeifaddrs(interfaces);
    return v4 + v6;
}

QStringList localNames() {
    const QString name = QSysInfo::machineHostName().toLower();
    if (name.isEmpty())
        return {};
    if (name.contains(QLatin1Char('.')))
        return {name};
    return {name, name + QLatin1String(".local")};
}

} // namespace hearth::ui
