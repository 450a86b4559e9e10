#include "view/pages/server/request_dialog.h"

#include "state/request_log.h"
#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/label.h"
#include "view/pages/server/code_panel.h"
#include "view/pages/server/request_texts.h"
#include "view/pages/texts.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QDesktopServices>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLocale>
#include <QUrl>

namespace hearth::ui {

namespace {

constexpr int kCardWidth = 640;
constexpr int kBodyLines = 14;
/// Contexts are raised in steps that the settings have too.
constexpr int kLeastContext = 2048;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

int contextFor(int tokens) {
    int context = kLeastContext;
    while (context < tokens + tokens / 4)
        context *= 2;
    return context;
}

} // namespace

RequestDialog::RequestDialog(QWidget* inside, const ServedRequest& request, const Facts& facts)
    : Dialog(inside, {plain(request.method) + QLatin1Char(' ') + plain(request.path), {}})
    , m_request(request)
    , m_facts(facts) {
    setCardWidth(kCardWidth);
    addProblem();
    addFacts();
    addBody();
    addButtons();
}

void RequestDialog::addProblem() {
    const QString problem = requestProblemText(m_request, m_facts.context);
    if (problem.isEmpty())
        return;
    auto* banner = new Banner(Banner::Kind::Error, problem, mendText(), this);
    connect(banner, &Banner::actionTriggered, this, &RequestDialog::mend);
    body()->addWidget(banner);
}

QString RequestDialog::mendText() const {
    switch (requestMend(m_request, m_facts.context)) {
    case RequestMend::RaiseContext: {
        const int wanted = contextFor(m_request.promptTokens);
        return wanted <= m_facts.trainedContext ? tr("Raise to %1").arg(tokenCountText(wanted))
                                                : QString();
    }
    case RequestMend::MakeKey:
        return tr("Make a key");
    case RequestMend::AllowPages:
        return tr("Allow a web page");
    case RequestMend::OpenDocuments:
        return m_facts.isRunning ? tr("Open the documents") : QString();
    case RequestMend::None:
        break;
    }
    return {};
}

void RequestDialog::mend() {
    finish(kCancelled);
    switch (requestMend(m_request, m_facts.context)) {
    case RequestMend::RaiseContext:
        return emit contextWanted(contextFor(m_request.promptTokens));
    case RequestMend::MakeKey:
        return emit keyWanted(requestClientText(m_request));
    case RequestMend::AllowPages:
        return emit pagesWanted();
    case RequestMend::OpenDocuments:
        QDesktopServices::openUrl(QUrl(m_facts.url + QStringLiteral("/docs")));
        break;
    case RequestMend::None:
        break;
    }
}

void RequestDialog::addFacts() {
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(space::kLg);
    grid->setVerticalSpacing(space::kXs);
    grid->setColumnStretch(1, 1);
    const auto add = [&](const QString& name, const QString& value) {
        if (value.isEmpty())
            return;
        const int row = grid->rowCount();
        auto* label = new Label(value, TextStyle::Ui, ColorRole::Text, this);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        grid->addWidget(new Label(name, TextStyle::Ui, ColorRole::Muted, this), row, 0,
                        Qt::AlignTop);
        grid->addWidget(label, row, 1);
    };
    const QLocale locale;
    add(tr("Answer"), tr("%1 after %2, at %3")
                          .arg(QString::number(m_request.status), secondsText(m_request.seconds),
                               requestTimeText(m_request, true)));
    add(tr("From"), m_request.agent.empty() ? plain(m_request.client)
                                            : plain(m_request.client) + QStringLiteral(", ") +
                                                  plain(m_request.agent));
    add(tr("Key"), plain(m_request.key));
    add(tr("Model"), plain(m_request.model));
    // The engine's own words, as the program has them.
    if (hasFailed(m_request))
        add(tr("It was told"), plain(m_request.error));
    if (m_request.completionTokens > 0)
        add(tr("Tokens"),
            tr("%1 in (%2 from the cache), %3 out at %4, the first after %5")
                .arg(locale.toString(m_request.promptTokens),
                     locale.toString(m_request.cachedTokens),
                     locale.toString(m_request.completionTokens),
                     speedText(m_request.tokensPerSecond), secondsText(m_request.timeToFirstToken)));
    body()->addLayout(grid);
}

void RequestDialog::addBody() {
    if (m_request.body.empty()) {
        body()->addWidget(new Label(tr("It had no body, or its body is no longer kept."),
                                    TextStyle::Caption, ColorRole::Muted, this));
        return;
    }
    auto* code = new CodePanel(tr("Body of the request"), this);
    code->setMostLines(kBodyLines);
    code->setCode(withoutControls(prettyJson(QString::fromStdString(m_request.body))));
    body()->addWidget(code);
    if (isBodyCut(m_request))
        body()->addWidget(new Label(tr("This is its beginning; it was longer than what is kept."),
                                    TextStyle::Caption, ColorRole::Muted, this));
}

void RequestDialog::addButtons() {
    const auto copy = [this](const QString& text) {
        QGuiApplication::clipboard()->setText(text);
        emit told(tr("Copied"));
    };
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kSm);
    const auto add = [&](const QString& text, Icon glyph) {
        auto* button = new Button(text, ButtonKind::Plain, this);
        button->setGlyph(glyph);
        line->addWidget(button);
        return button;
    };
    Button* const body = add(tr("Copy body"), Icon::Copy);
    Button* const curl = add(tr("Copy as curl"), Icon::Copy);
    body->setEnabled(!m_request.body.empty());
    curl->setEnabled(!isBodyCut(m_request));
    connect(body, &QAbstractButton::clicked, this,
            [this, copy] { copy(QString::fromStdString(m_request.body)); });
    connect(curl, &QAbstractButton::clicked, this,
            [this, copy] { copy(curlText(m_request, m_facts.url, m_facts.hasKeys)); });
    const auto conversation = conversationOf(m_request);
    Button* const chat = add(tr("Send to chat"), Icon::Chats);
    chat->setEnabled(conversation.has_value());
    connect(chat, &QAbstractButton::clicked, this, [this, conversation] {
        finish(kCancelled);
        emit chatWanted(*conversation);
    });
    line->addStretch(1);
    this->body()->addLayout(line);
    addButton({tr("Close"), ButtonKind::Primary});
}

} // namespace hearth::ui
