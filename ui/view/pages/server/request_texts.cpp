#include "view/pages/server/request_texts.h"

#include "state/request_log.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <QStringList>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::RequestTexts)
};

enum Status {
    kBadRequest = 400,
    kUnauthorized = 401,
    kForbidden = 403,
    kNotFound = 404,
    kWrongMethod = 405,
    kTooSlow = 408,
    kTooLarge = 413,
    kWrongKind = 415,
    kUnprocessable = 422,
    kTooMany = 429,
    kClientLeft = 499,
    kFailed = 500,
    kUnavailable = 503,
    kTookTooLong = 504
};

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

QString grouped(int number) {
    return QLocale().toString(number);
}

/// "what: why", or only what.
QString withDetail(const QString& what, const ServedRequest& request) {
    return request.error.empty() ? what : Texts::tr("%1: %2").arg(what, plain(request.error));
}

/// Without a sentence's full stop at the end, which the window's own sentence has.
QString detail(const ServedRequest& request) {
    QString text = plain(request.error);
    if (text.endsWith(QLatin1Char('.')))
        text.chop(1);
    return text;
}

QString shortProblem(const ServedRequest& request) {
    switch (request.status) {
    case kBadRequest:
    case kUnprocessable:
        return withDetail(Texts::tr("not understood"), request);
    case kUnauthorized:
        return Texts::tr("no valid key");
    case kForbidden:
        return Texts::tr("web page or host name not allowed");
    case kNotFound:
        return request.model.empty() ? Texts::tr("no such path or model")
                                     : Texts::tr("no model “%1”").arg(plain(request.model));
    case kWrongMethod:
        return Texts::tr("not with this method");
    case kTooSlow:
        return Texts::tr("came too slowly");
    case kTooLarge:
        return Texts::tr("too large");
    case kWrongKind:
        return Texts::tr("a kind of body that is not taken");
    case kTooMany:
        return Texts::tr("too many requests");
    case kUnavailable:
        return withDetail(Texts::tr("not available"), request);
    case kTookTooLong:
        return Texts::tr("took too long");
    default:
        return withDetail(request.status < kBadRequest ? Texts::tr("broke off")
                          : request.status < kFailed   ? Texts::tr("refused")
                                                       : Texts::tr("failed"),
                          request);
    }
}

QString accessProblem(const ServedRequest& request) {
    switch (request.status) {
    case kUnauthorized:
        return Texts::tr("The program showed none of this server's keys. Make one for it, and enter "
                         "it there as the API key.");
    case kForbidden:
        return Texts::tr("It came from a web page, or by a name of this computer, that may not use "
                         "the server. Allow the page if you trust it.");
    case kTooMany:
        return Texts::tr("The server had as many requests as it takes at once. The program has to "
                         "ask again later.");
    case kTooSlow:
        return Texts::tr("The request arrived so slowly that it was given up.");
    case kTooLarge:
        return Texts::tr("The request is larger than the server takes.");
    case kTookTooLong:
        return Texts::tr("The answer took longer than the server allows.");
    default:
        return {};
    }
}

} // namespace

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
    if (hasFailed(request))
        return shortProblem(request);
    QStringList parts;
    if (request.status == kClientLeft)
        parts += Texts::tr("hung up");
    if (request.completionTokens > 0)
        parts += QStringLiteral("%1→%2").arg(tokensText(request.promptTokens),
                                             tokensText(request.completionTokens));
    else if (request.promptTokens > 0)
        parts += tokenCountText(request.promptTokens);
    if (request.tokensPerSecond > 0)
        parts += speedText(request.tokensPerSecond);
    return parts.join(QStringLiteral(" · "));
}

QString requestProblemText(const ServedRequest& request, int context) {
    if (isTooLong(request, context))
        return Texts::tr("The prompt takes %1 tokens, the model holds %2.")
            .arg(grouped(request.promptTokens), grouped(context));
    if (!hasFailed(request))
        return {};
    if (const QString access = accessProblem(request); !access.isEmpty())
        return access;
    switch (request.status) {
    case kNotFound:
        return request.model.empty()
                   ? Texts::tr("The server has nothing at this path, or no model of that name. Its "
                               "documents list what it has.")
                   : Texts::tr("There is no model “%1” here. Name one of those that are served.")
                         .arg(plain(request.model));
    case kWrongMethod:
        return Texts::tr("This path takes another method. The documents say which.");
    default:
        break;
    }
    if (request.error.empty())
        return request.status < kFailed ? Texts::tr("The server could not use what was sent.")
                                        : Texts::tr("The server could not answer at that moment.");
    if (request.status < kBadRequest)
        return Texts::tr("The answer broke off: %1.").arg(detail(request));
    return (request.status < kFailed ? Texts::tr("The server could not use what was sent: %1.")
                                     : Texts::tr("The server could not answer at that moment: %1."))
        .arg(detail(request));
}

RequestMend requestMend(const ServedRequest& request, int context) {
    if (isTooLong(request, context))
        return RequestMend::RaiseContext;
    switch (request.status) {
    case kUnauthorized:
        return RequestMend::MakeKey;
    case kForbidden:
        return RequestMend::AllowPages;
    case kWrongMethod:
        return RequestMend::OpenDocuments;
    case kNotFound:
        return request.model.empty() ? RequestMend::OpenDocuments : RequestMend::None;
    default:
        return RequestMend::None;
    }
}

ColorRole requestStatusRole(const ServedRequest& request) {
    if (hasFailed(request))
        return ColorRole::Error;
    return request.status >= kBadRequest ? ColorRole::Warn : ColorRole::Ok;
}

} // namespace hearth::ui
