#include "view/pages/inspector.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/section.h"
#include "view/components/switch.h"
#include "view/pages/context_details.h"
#include "view/pages/context_forecast.h"
#include "view/pages/hover_text.h"
#include "view/pages/reply_panel.h"
#include "view/pages/sampling_panel.h"
#include "view/pages/texts.h"
#include "view/pages/token_strip.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QEvent>
#include <QPainter>
#include <QScrollArea>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kTokensDelayMilliseconds = 200;

} // namespace

Inspector::Inspector(Workspace& workspace, ContextForecast& forecast, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_forecast(forecast) {
    setFixedWidth(size::kInspector);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 0, 0, 0); // The border.
    m_tokensSoon.setSingleShot(true);
    m_tokensSoon.setInterval(kTokensDelayMilliseconds);
    connect(&m_tokensSoon, &QTimer::timeout, this, &Inspector::refreshTokens);
    connect(&forecast, &ContextForecast::changed, this, &Inspector::refreshContext);
    connect(&Theme::current(), &Theme::changed, this, QOverload<>::of(&QWidget::update));
    build();
}

void Inspector::build() {
    delete m_root;
    m_root = new QWidget(this);
    layout()->addWidget(m_root);
    auto* title = new Label(tr("Inspector"), TextStyle::UiStrong, ColorRole::Text, m_root);
    auto* close = new IconButton(Icon::Close, tr("Close the inspector"), m_root);
    connect(close, &QAbstractButton::clicked, this, &Inspector::closeRequested);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(space::kLg, space::kSm, space::kSm, space::kSm);
    head->addWidget(title, 1);
    head->addWidget(close);

    auto* scroll = new QScrollArea(m_root);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // Nothing jumps as it appears.
    scroll->viewport()->setAutoFillBackground(false);
    auto* content = new QWidget;
    buildSections(content);
    scroll->setWidget(content);
    content->setAutoFillBackground(false);

    auto* column = new QVBoxLayout(m_root);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(scroll, 1);
    m_root->show();
}

Section* Inspector::addSection(QWidget* content, const QString& title, const QString& key) {
    auto* section = new Section(title, key, content);
    content->layout()->addWidget(section);
    section->setExpanded(!m_workspace.settings().values().foldedSections.contains(key));
    connect(section, &Section::expandedChanged, this, &Inspector::keepFold);
    return section;
}

void Inspector::keepFold(const QString& key, bool expanded) {
    Settings::Values values = m_workspace.settings().values();
    values.foldedSections.removeAll(key);
    if (!expanded)
        values.foldedSections.append(key);
    m_workspace.settings().set(values);
}

void Inspector::buildSections(QWidget* content) {
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(space::kSm, 0, space::kSm, space::kXl);
    column->setSpacing(space::kMd);

    Section* sampling = addSection(content, tr("Next reply"), QStringLiteral("sampling"));
    m_applies = new Label({}, TextStyle::Caption, ColorRole::Muted, content);
    m_applies->setWordWrap(true);
    m_sampling = new SamplingPanel(m_workspace.settings(), content);
    sampling->body()->addWidget(m_applies);
    sampling->body()->addWidget(m_sampling);
    connect(m_sampling, &SamplingPanel::told, this, &Inspector::told);
    connect(m_sampling, &SamplingPanel::settingsChanged, this,
            [this](ChatSettings settings) {
                if (m_session == nullptr)
                    return;
                // The model may have changed since the panel was filled.
                settings.model = m_session->record().settings.model;
                m_session->setSettings(settings);
                m_forecast.askSoon();
            });

    m_contextSection = addSection(content, tr("Context"), QStringLiteral("context"));
    m_context = new ContextDetails(content);
    m_contextSection->body()->addWidget(m_context);

    m_replySection = addSection(content, tr("Reply"), QStringLiteral("reply"));
    m_reply = new ReplyPanel(content);
    m_replySection->body()->addWidget(buildReplyChoice());
    m_replySection->body()->addWidget(m_reply);

    Section* tokens = addSection(content, tr("Tokens"), QStringLiteral("tokens"));
    m_probabilities = new Switch(tr("Ask for probabilities"), content);
    setHoverText(*m_probabilities, tr("Of the next replies, how likely each word was and what "
                                      "else the model might have said."));
    m_tokensHint = new Label({}, TextStyle::Caption, ColorRole::Muted, content);
    m_tokensHint->setWordWrap(true);
    m_tokens = new TokenStrip(content);
    tokens->body()->addWidget(m_probabilities, 0, Qt::AlignLeft);
    tokens->body()->addWidget(m_tokensHint);
    tokens->body()->addWidget(m_tokens);
    connect(m_probabilities, &QAbstractButton::toggled, this, [this](bool wanted) {
        if (m_session == nullptr || m_session->record().settings.probabilities == wanted)
            return;
        ChatSettings settings = m_session->record().settings;
        settings.probabilities = wanted;
        m_session->setSettings(settings);
        m_sampling->setSettings(settings);
        refreshTokens();
    });
    column->addStretch(1);
}

QWidget* Inspector::buildReplyChoice() {
    auto* choice = new QWidget(m_root);
    m_replyName = new Label({}, TextStyle::Caption, ColorRole::Muted, choice);
    m_previous = new IconButton(Icon::ChevronLeft, tr("The reply before"), choice,
                                IconButton::Size::Small);
    m_next =
        new IconButton(Icon::ChevronRight, tr("The next reply"), choice, IconButton::Size::Small);
    auto* row = new QHBoxLayout(choice);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kXs);
    row->addWidget(m_replyName, 1);
    row->addWidget(m_previous);
    row->addWidget(m_next);
    connect(m_previous, &QAbstractButton::clicked, this, [this] { chooseReply(-1); });
    connect(m_next, &QAbstractButton::clicked, this, [this] { chooseReply(1); });
    return choice;
}

void Inspector::setSession(ChatSession* session) {
    flush();
    if (m_session != nullptr)
        disconnect(m_session, nullptr, this, nullptr);
    m_session = session;
    m_chosen = 0;
    if (session != nullptr) {
        for (const auto signal : {&ChatSession::reset, &ChatSession::busyChanged})
            connect(session, signal, this, &Inspector::refreshReply);
        // A chat that has not begun follows the model.
        connect(session, &ChatSession::recordChanged, this, &Inspector::refreshSettings);
        connect(session, &ChatSession::inserted, this, &Inspector::refreshReply);
        connect(session, &ChatSession::removed, this, &Inspector::refreshReply);
        connect(session, &ChatSession::probabilitiesChanged, this, [this] {
            if (!m_tokensSoon.isActive())
                m_tokensSoon.start();
        });
    }
    refreshSettings();
    refreshContext();
    refreshReply();
}

void Inspector::flush() {
    m_sampling->flush();
}

void Inspector::setFloating(bool floating) {
    m_isFloating = floating;
    update();
}

void Inspector::refreshSettings() {
    if (m_session == nullptr)
        return;
    m_sampling->setSettings(m_session->record().settings);
    m_probabilities->setChecked(m_session->record().settings.probabilities);
}

void Inspector::refreshContext() {
    if (m_session == nullptr || !isVisible())
        return;
    m_context->show(m_forecast, *m_session);
    const int context = m_forecast.fit().context;
    m_contextSection->setSummary(
        context > 0 ? QStringLiteral("%1 / %2").arg(tokensText(m_forecast.used()),
                                                    tokensText(context))
                    : QString());
}

QList<int> Inspector::replies() const {
    QList<int> indices;
    for (int index = 0; m_session != nullptr && index < m_session->count(); ++index)
        if (m_session->message(index).role == MessageRole::Assistant)
            indices += index;
    return indices;
}

int Inspector::shownReply() const {
    const QList<int> all = replies();
    const int chosen = m_session == nullptr ? -1 : m_session->indexOf(m_chosen);
    return all.contains(chosen) ? chosen : all.isEmpty() ? -1 : all.last();
}

void Inspector::chooseReply(int step) {
    const QList<int> all = replies();
    const int last = static_cast<int>(all.size()) - 1;
    if (last < 0)
        return;
    const int place =
        std::clamp(static_cast<int>(all.indexOf(shownReply())) + step, 0, last);
    m_chosen = place == last ? 0 : m_session->message(all.at(place)).id;
    refreshReply();
}

void Inspector::refreshReply() {
    const bool isBusy = m_session != nullptr && m_session->isBusy();
    m_applies->setText(isBusy ? tr("Changes are for the next reply; the one on its way keeps what "
                                   "it began with.")
                              : tr("Changes are for the next reply."));
    if (!isVisible())
        return;
    const QList<int> all = replies();
    const int shown = shownReply();
    const int place = static_cast<int>(all.indexOf(shown)) + 1;
    m_replyName->setText(
        shown < 0 ? tr("There is no reply yet.")
                  : tr("Reply %1 of %2").arg(place).arg(static_cast<int>(all.size())));
    m_previous->setEnabled(place > 1);
    m_next->setEnabled(shown >= 0 && place < all.size());
    m_previous->setVisible(all.size() > 1);
    m_next->setVisible(all.size() > 1);
    const bool hasFigures = shown >= 0 && m_session->message(shown).figures.has_value();
    m_reply->setVisible(hasFigures);
    if (hasFigures) {
        const ModelSession& model = m_workspace.model();
        ReplyFacts facts{*m_session->message(shown).figures, {}};
        if (model.state() == ModelSession::State::Ready && model.name() == facts.figures.model)
            facts.device = deviceText(model.info());
        m_reply->show(facts);
        m_replySection->setSummary(facts.figures.tokensPerSecond > 0
                                       ? speedText(facts.figures.tokensPerSecond)
                                       : QString());
    } else {
        m_replySection->setSummary({});
    }
    refreshTokens();
}

void Inspector::refreshTokens() {
    if (!isVisible())
        return;
    const int shown = shownReply();
    static const QList<TokenMark> none;
    const QList<TokenMark>& marks = shown >= 0 ? m_session->probabilities(shown) : none;
    m_tokens->setMarks(marks);
    m_tokens->setVisible(!marks.isEmpty());
    m_tokensHint->setText(
        !marks.isEmpty()             ? tr("The warmer its ground, the less likely the word was. "
                                          "Point at one, or use the arrow keys.")
        : m_probabilities->isChecked() ? tr("Shown with the next reply.")
                                       : tr("Shows how sure the model was of each word."));
}

void Inspector::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& tokens = Theme::current().tokens();
    painter.fillRect(rect(), tokens.surface);
    painter.fillRect(QRect(0, 0, 1, height()), m_isFloating ? tokens.borderStrong : tokens.border);
}

void Inspector::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refreshContext();
    refreshReply();
}

void Inspector::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::LanguageChange || m_root == nullptr)
        return;
    flush();
    build();
    refreshSettings();
    refreshContext();
    refreshReply();
}

} // namespace hearth::ui
