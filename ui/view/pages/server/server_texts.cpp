#include "view/pages/server/server_texts.h"

#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <QStringList>

#include <cerrno>
#include <system_error>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::ServerTexts)
};

constexpr int kBadRequest = 400;
constexpr int kPercent = 100;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

QString grouped(int number) {
    return QLocale().toString(number);
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

bool isPortBusy(const Error& error) {
    return error.code == ErrorCode::Io &&
           (error.detail.find(std::system_category().message(EADDRINUSE)) != std::string::npos ||
            error.detail.find("in use") != std::string::npos);
}

QString serverErrorText(const Error& error, const ServerChoice& choice) {
    if (isPortBusy(error))
        return Texts::tr("Port %1 is taken: another program listens there. The server is off. "
                         "Choose another port, or end that program.")
            .arg(choice.port);
    if (error.code == ErrorCode::Io)
        return Texts::tr("The server can't listen at %1: %2. Choose another address or port.")
            .arg(plain(error.path.empty() ? choice.address.toStdString() : error.path),
                 plain(error.detail));
    if (error.code == ErrorCode::InvalidArgument && !choice.isLocal() && choice.keys.isEmpty())
        return Texts::tr("Other devices may only reach the server with a key. Make one first.");
    return Texts::tr("The server could not start. %1").arg(errorText(error));
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

QString requestTimeText(const ServedRequest& request, bool hasSeconds) {
    using namespace std::chrono;
    const auto milliseconds = duration_cast<std::chrono::milliseconds>(request.at.time_since_epoch());
    const QTime time = QDateTime::fromMSecsSinceEpoch(milliseconds.count()).time();
    return time.toString(hasSeconds ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm"));
}

QString requestClientText(const ServedRequest& request) {
    static const QRegularExpression kVersion(QStringLiteral("/v?\\d.*$"));
    QString agent = plain(request.agent).simplified();
    const auto bracket = agent.indexOf(QLatin1Char('('));
    if (bracket > 0)
        agent.truncate(bracket);
    // A browser's name is a history of browsers.
    if (agent.startsWith(QLatin1String("Mozilla/")))
        return Texts::tr("Browser");
    agent = agent.section(QLatin1Char(' '), 0, 1).remove(kVersion);
    const QString last = agent.section(QLatin1Char(' '), -1);
    if (!last.isEmpty() && last[0].isDigit())
        agent = agent.section(QLatin1Char(' '), 0, 0);
    return agent.isEmpty() ? plain(request.client) : agent;
}

bool isTooLong(const ServedRequest& request, int context) {
    return request.status == kBadRequest && context > 0 && request.promptTokens > context;
}

QString requestOutcomeText(const ServedRequest& request, int context) {
    if (isTooLong(request, context))
        return Texts::tr("needs %1 > %2 tokens").arg(grouped(request.promptTokens), grouped(context));
    if (!request.error.empty())
        return plain(request.error);
    QStringList parts;
    if (request.completionTokens > 0)
        parts += QStringLiteral("%1→%2").arg(tokensText(request.promptTokens),
                                             tokensText(request.completionTokens));
    else if (request.promptTokens > 0)
        parts += tokenCountText(request.promptTokens);
    if (request.tokensPerSecond > 0)
        parts += speedText(request.tokensPerSecond);
    return parts.join(QStringLiteral(" · "));
}

ColorRole requestStatusRole(int status) {
    if (isErrorStatus(status))
        return ColorRole::Error;
    return status >= kBadRequest ? ColorRole::Warn : ColorRole::Ok;
}

} // namespace hearth::ui
