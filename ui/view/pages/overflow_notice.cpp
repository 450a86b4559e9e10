#include "view/pages/overflow_notice.h"

#include "view/components/button.h"
#include "view/components/label.h"
#include "view/pages/context_forecast.h"
#include "view/components/flow_layout.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QBoxLayout>
#include <QEvent>
#include <QLocale>
#include <QPainter>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kLeastContext = 4096;

} // namespace

OverflowNotice::OverflowNotice(QWidget* parent)
    : QWidget(parent)
    , m_text(new Label({}, TextStyle::Ui, ColorRole::Text, this))
    , m_actions(new QWidget(this))
    , m_forget(new Button({}, ButtonKind::Plain, m_actions))
    , m_summarise(new Button({}, ButtonKind::Plain, m_actions))
    , m_raise(new Button({}, ButtonKind::Plain, m_actions))
    , m_new(new Button({}, ButtonKind::Plain, m_actions))
    , m_details(new Button({}, ButtonKind::Quiet, this)) {
    auto* flow = new FlowLayout(m_actions);
    for (Button* button : {m_forget, m_summarise, m_raise, m_new})
        flow->addWidget(button);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kSm);
    line->addWidget(m_text, 1);
    line->addWidget(m_details, 0, Qt::AlignTop);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(space::kSm);
    layout->addLayout(line);
    layout->addWidget(m_actions);
    m_text->setWordWrap(true);
    connect(m_forget, &QAbstractButton::clicked, this, &OverflowNotice::forgetRequested);
    connect(m_summarise, &QAbstractButton::clicked, this, &OverflowNotice::summariseRequested);
    connect(m_raise, &QAbstractButton::clicked, this, [this] { emit contextWanted(m_wanted); });
    connect(m_new, &QAbstractButton::clicked, this, &OverflowNotice::newChatRequested);
    connect(m_details, &QAbstractButton::clicked, this, &OverflowNotice::detailsRequested);
    retranslate();
    hide();
}

int OverflowNotice::contextFor(int needed, int context, int trainedContext) {
    if (needed > trainedContext || context >= trainedContext)
        return 0;
    int wanted = kLeastContext;
    while (wanted < needed || wanted <= context)
        wanted *= 2;
    return std::min(wanted, trainedContext);
}

void OverflowNotice::show(const ContextForecast& forecast, const ChatSession& session,
                          int trainedContext) {
    const PromptFit& fit = forecast.fit();
    const bool forgets = session.record().settings.whenFull == WhenFull::Forget;
    const bool isTold = forecast.overflows() || forecast.isShort() || forecast.isHopeless();
    setVisible(isTold && !session.isBusy());
    if (!isTold)
        return;
    const QLocale locale;
    const QString tokens = locale.toString(fit.tokens);
    const QString context = locale.toString(fit.context);
    const int forgotten = static_cast<int>(forecast.forgotten().size());
    m_isGrave = forecast.isHopeless() || (!forgets && forecast.overflows());
    if (forecast.isHopeless())
        m_text->setText(tr("This message alone takes %1 tokens, with the system prompt; the "
                           "context holds %2. Shorten it, or take an attachment away.")
                            .arg(locale.toString(fit.fittedTokens), context));
    else if (forgets)
        m_text->setText(
            tr("The %n oldest message(s) will not be sent: the chat takes %1 tokens, the context "
               "holds %2.",
               nullptr, forgotten)
                .arg(tokens, context));
    else if (forecast.overflows())
        m_text->setText(
            tr("The chat takes %1 tokens, the context holds %2. Nothing is sent until there is "
               "room.")
                .arg(tokens, context));
    else
        m_text->setText(tr("The chat takes %1 of %2 tokens: only %3 are left for the reply.")
                            .arg(tokens, context, locale.toString(fit.context - fit.tokens)));
    m_wanted = contextFor(fit.tokens + fit.reserve, fit.context, trainedContext);
    m_raise->setText(tr("Raise the context to %1").arg(tokensText(m_wanted)));
    m_raise->setVisible(m_wanted > 0);
    // A new chat holds no more of one message than an empty one.
    m_new->setVisible(session.count() > 0);
    m_forget->setVisible(!forgets && forgotten > 0);
    m_summarise->setVisible(forgotten > 0);
    m_summarise->setBusy(session.isSummarising());
    m_details->setVisible(forgotten > 0);
    m_isQuiet = forgets && !forecast.isHopeless();
    m_actions->setVisible(!m_isQuiet && (m_wanted > 0 || forgotten > 0 || session.count() > 0));
    arrange();
    setAccessibleName(m_text->text());
    update();
}

void OverflowNotice::arrange() {
    m_text->setTextStyle(m_isQuiet ? TextStyle::Caption : TextStyle::Ui);
    m_text->setRole(m_isQuiet ? ColorRole::Muted : ColorRole::Text);
    if (m_isQuiet)
        layout()->setContentsMargins(space::kLg, 0, 0, 0);
    else
        layout()->setContentsMargins(space::kMd + size::kIcon + space::kSm, space::kSm,
                                     space::kSm, space::kMd);
    updateGeometry();
}

void OverflowNotice::insist() {
    for (Button* button : {m_forget, m_raise, m_new}) {
        if (button->isHidden())
            continue;
        button->setFocus(Qt::OtherFocusReason);
        break;
    }
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void OverflowNotice::paintEvent(QPaintEvent*) {
    if (m_isQuiet)
        return;
    const Tokens& tokens = Theme::current().tokens();
    const QColor meaning = m_isGrave ? tokens.error : tokens.warn;
    QPainter painter(this);
    paintPanel(painter, rect(), radius::kCard, tokens.tint(meaning),
               blend(tokens.border, meaning, 0.35));
    const double middle = m_details->isHidden() ? m_text->geometry().center().y()
                                                : m_details->geometry().center().y();
    painter.drawPixmap(QPointF(space::kMd, middle - size::kIcon / 2.0),
                       iconPixmap(Icon::Warning, meaning, size::kIcon, devicePixelRatioF()));
}

void OverflowNotice::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void OverflowNotice::retranslate() {
    m_forget->setText(tr("Forget the oldest"));
    m_summarise->setText(tr("Summarise them"));
    m_new->setText(tr("New chat"));
    m_details->setText(tr("Details"));
    m_forget->setToolTip(tr("The oldest messages stay here, but are no longer sent"));
    m_summarise->setToolTip(tr("The model writes a summary that is sent in their place"));
    m_raise->setToolTip(tr("Loads the model again with room for more"));
    m_new->setToolTip(tr("Takes what you have written along"));
}

} // namespace hearth::ui
