#include "view/pages/server/server_texts.h"

#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QCoreApplication>
#include <QStringList>

#include <cerrno>
#include <system_error>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::ServerTexts)
};

constexpr int kPercent = 100;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

} // namespace

QString serverStateText(ServerController::State state) {
    switch (state) {
    case ServerController::State::Off:
        return Texts::tr("Off");
    case ServerController::State::Starting:
        return Texts::tr("Starting…");
    case ServerController::State::Running:
        return Texts::tr("Running");
    case ServerController::State::Stopping:
        return Texts::tr("Ending what runs…");
    case ServerController::State::Failed:
        break;
    }
    return Texts::tr("Could not start");
}

ColorRole serverStateRole(ServerController::State state) {
    switch (state) {
    case ServerController::State::Running:
        return ColorRole::Ok;
    case ServerController::State::Starting:
    case ServerController::State::Stopping:
        return ColorRole::Warn;
    case ServerController::State::Failed:
        return ColorRole::Error;
    case ServerController::State::Off:
        break;
    }
    return ColorRole::BorderStrong;
}

ServerFault serverFault(const Error& error, const ServerChoice& choice) {
    const auto says = [&error](int code) {
        return error.code == ErrorCode::Io &&
               error.detail.find(std::system_category().message(code)) != std::string::npos;
    };
    if (says(EADDRINUSE))
        return ServerFault::PortTaken;
    if (says(EACCES))
        return ServerFault::PortReserved;
    if (says(EADDRNOTAVAIL))
        return ServerFault::AddressAbsent;
    if (error.code == ErrorCode::InvalidArgument && !choice.isLocal() && choice.keys.isEmpty())
        return ServerFault::KeyMissing;
    return ServerFault::Other;
}

QString serverErrorText(const Error& error, const ServerChoice& choice) {
    switch (serverFault(error, choice)) {
    case ServerFault::PortTaken:
        return Texts::tr("Port %1 is taken: another program listens there. The server is off. "
                         "Choose another port, or end that program.")
            .arg(choice.port);
    case ServerFault::PortReserved:
        return Texts::tr("Port %1 is kept for the system's own programs. The server is off. Choose "
                         "one from 1024 up.")
            .arg(choice.port);
    case ServerFault::AddressAbsent:
        return Texts::tr("This computer has no address %1 at the moment. The server is off.")
            .arg(plain(choice.address.toStdString()));
    case ServerFault::KeyMissing:
        return Texts::tr("Other devices may only reach the server with a key. Make one first.");
    case ServerFault::Other:
        break;
    }
    if (error.code == ErrorCode::Io)
        return Texts::tr("The server can't listen at %1: %2. Choose another address or port.")
            .arg(plain(error.path.empty() ? choice.address.toStdString() : error.path),
                 plain(error.detail));
    return Texts::tr("The server could not start. %1").arg(errorText(error));
}

QString serverMendText(ServerFault fault, int freePort) {
    switch (fault) {
    case ServerFault::PortTaken:
    case ServerFault::PortReserved:
        return Texts::tr("Use port %1").arg(freePort);
    case ServerFault::AddressAbsent:
        return Texts::tr("This computer only");
    case ServerFault::KeyMissing:
        return Texts::tr("Make a key");
    case ServerFault::Other:
        break;
    }
    return Texts::tr("Try again");
}

QString activityText(const ServerActivity& activity) {
    QStringList parts;
    if (activity.running > 0)
        parts += Texts::tr("%n running", nullptr, activity.running);
    if (activity.waiting > 0)
        parts += Texts::tr("%n waiting", nullptr, activity.waiting);
    parts += Texts::tr("%n connection(s)", nullptr, activity.connections);
    if (activity.tokensPerSecond > 0)
        parts += speedText(activity.tokensPerSecond);
    return parts.join(QStringLiteral(" · "));
}

QString modelStateText(const PoolModelStatus& status) {
    switch (status.state) {
    case PoolState::Loading:
        return Texts::tr("loading %1%").arg(static_cast<int>(status.progress * kPercent));
    case PoolState::Loaded:
        return status.leases > 0 ? Texts::tr("in use by %n request(s)", nullptr, status.leases)
                                 : Texts::tr("loaded");
    case PoolState::Unloaded:
        break;
    }
    return {};
}

} // namespace hearth::ui
