#include "view/pages/settings/addresses.h"

#include <QCoreApplication>
#include <QStringList>
#include <QUrl>

#include <algorithm>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::Addresses)
};

constexpr int kMostPort = 65535;

QStringList schemes(AddressKind kind) {
    QStringList known{QStringLiteral("http"), QStringLiteral("https")};
    if (kind == AddressKind::Proxy)
        known += {QStringLiteral("socks4"), QStringLiteral("socks4a"), QStringLiteral("socks5"),
                  QStringLiteral("socks5h")};
    return known;
}

QString schemeProblem(AddressKind kind) {
    return kind == AddressKind::Hub
               ? Texts::tr("The address begins with https:// or http://.")
               : Texts::tr("The address begins with http://, https:// or socks5://.");
}

bool isPlainHost(const QString& host) {
    return std::all_of(host.begin(), host.end(), [](QChar c) {
        return c.isLetterOrNumber() || QStringLiteral(".-_:").contains(c);
    });
}

} // namespace

QString addressProblem(const QString& text, AddressKind kind) {
    const QString address = text.trimmed();
    if (address.isEmpty())
        return {};
    const bool hasSpace = std::any_of(address.begin(), address.end(), [](QChar c) {
        return c.isSpace() || c.category() == QChar::Other_Control;
    });
    if (hasSpace)
        return Texts::tr("An address has no spaces.");
    const QString scheme = address.section(QStringLiteral("://"), 0, 0).toLower();
    if (!address.contains(QLatin1String("://")) || !schemes(kind).contains(scheme))
        return schemeProblem(kind);
    const QUrl url(address, QUrl::StrictMode);
    // A port out of range makes all of it invalid.
    if (!url.isValid() || url.port(1) < 1 || url.port(1) > kMostPort)
        return Texts::tr("This is no complete address. An example: %1")
            .arg(kind == AddressKind::Hub ? QStringLiteral("https://hf-mirror.com")
                                          : QStringLiteral("http://127.0.0.1:7890"));
    if (url.host().isEmpty() || !isPlainHost(url.host()))
        return Texts::tr("The name of the host is missing.");
    if (url.hasQuery() || url.hasFragment())
        return Texts::tr("The address ends before any “?” or “#”.");
    if (kind == AddressKind::Hub && !url.userInfo().isEmpty())
        return Texts::tr("Names and passwords don't belong into this address.");
    return {};
}

QString tidyAddress(const QString& text) {
    QString address = text.trimmed();
    while (address.endsWith(QLatin1Char('/')))
        address.chop(1);
    return address;
}

} // namespace hearth::ui
