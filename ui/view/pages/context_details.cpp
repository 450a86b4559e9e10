#include "view/pages/context_details.h"

#include "view/components/label.h"
#include "view/pages/context_forecast.h"
#include "view/pages/share_bar.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QEvent>
#include <QLocale>

namespace hearth::ui {

namespace {

constexpr int kMostTurns = 5;
constexpr int kTurnCharacters = 60;
constexpr ColorRole kRoles[] = {ColorRole::Series3, ColorRole::Ok,     ColorRole::Series2,
                                ColorRole::Accent,  ColorRole::Warn, ColorRole::BorderStrong};

QString turnText(const MessageRecord& message) {
    const QString words = withoutControls(message.text.simplified());
    const QString shown = words.size() <= kTurnCharacters
                              ? words
                              : words.left(kTurnCharacters).trimmed() + QChar(0x2026);
    return message.role == MessageRole::Assistant ? ContextDetails::tr("Reply: %1").arg(shown)
                                                  : ContextDetails::tr("You: %1").arg(shown);
}

QString turnsText(const QList<RecordId>& forgotten, const ChatSession& session) {
    QStringList lines;
    for (const RecordId id : forgotten) {
        if (lines.size() == kMostTurns)
            break;
        if (const int index = session.indexOf(id); index >= 0)
            lines += turnText(session.message(index));
    }
    if (const auto more = forgotten.size() - lines.size(); more > 0)
        lines += ContextDetails::tr("and %n more", nullptr, static_cast<int>(more));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

ContextDetails::ContextDetails(QWidget* parent)
    : QWidget(parent)
    , m_total(new Label({}, TextStyle::Ui, ColorRole::Text, this))
    , m_bar(new ShareBar(this))
    , m_forgets(new Label({}, TextStyle::CaptionStrong, ColorRole::Warn, this))
    , m_turns(new Label({}, TextStyle::Caption, ColorRole::Muted, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kSm);
    layout->addWidget(m_total);
    layout->addWidget(m_bar);
    for (int part = 0; part < kPartCount; ++part) {
        Row& row = m_rows[part];
        row.widget = new QWidget(this);
        row.name = new Label({}, TextStyle::Caption, ColorRole::Muted, row.widget);
        row.figure = new Label({}, TextStyle::Figure, ColorRole::Text, row.widget);
        auto* line = new QHBoxLayout(row.widget);
        line->setContentsMargins(0, 0, 0, 0);
        line->setSpacing(space::kSm);
        line->addWidget(new PartDot(kRoles[part], row.widget));
        line->addWidget(row.name, 1);
        line->addWidget(row.figure);
        layout->addWidget(row.widget);
    }
    layout->addWidget(m_forgets);
    layout->addWidget(m_turns);
    m_total->setWordWrap(true);
    m_forgets->setWordWrap(true);
    m_turns->setWordWrap(true);
    retranslate();
}

void ContextDetails::show(const ContextForecast& forecast, const ChatSession& session) {
    const ContextForecast::Parts parts = forecast.parts();
    const QLocale locale;
    m_total->setText(forecast.isKnown()
                         ? tr("%1 of %2 tokens")
                               .arg(locale.toString(forecast.used()), locale.toString(parts.context))
                         : tr("Known as soon as a model is loaded."));
    const int tokens[kPartCount] = {parts.system, parts.summary,     parts.conversation,
                                    parts.draft,  parts.attachments, parts.reserve};
    QList<std::pair<ColorRole, double>> shares;
    for (int part = 0; part < kPartCount; ++part) {
        m_rows[part].widget->setVisible(forecast.isKnown() && tokens[part] > 0);
        m_rows[part].figure->setText(locale.toString(tokens[part]));
        if (part != Reserve && parts.context > 0)
            shares.append({kRoles[part], static_cast<double>(tokens[part]) / parts.context});
    }
    m_bar->setParts(shares);
    m_bar->setVisible(forecast.isKnown());

    const QList<RecordId> forgotten = forecast.forgotten();
    const bool forgets = session.record().settings.whenFull == WhenFull::Forget;
    const int count = static_cast<int>(forgotten.size());
    m_forgets->setVisible(count > 0);
    m_turns->setVisible(count > 0);
    m_forgets->setText(forgets ? tr("Forgets %n message(s):", nullptr, count)
                               : tr("To make room, %n message(s) would be forgotten:", nullptr,
                                    count));
    m_turns->setText(turnsText(forgotten, session));
}

void ContextDetails::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ContextDetails::retranslate() {
    m_rows[System].name->setText(tr("System prompt"));
    m_rows[Summary].name->setText(tr("Summary of older messages"));
    m_rows[Conversation].name->setText(tr("Conversation"));
    m_rows[Draft].name->setText(tr("What is written now"));
    m_rows[Attachments].name->setText(tr("Attached to it"));
    m_rows[Reserve].name->setText(tr("Kept free for the reply"));
    m_bar->setAccessibleName(tr("Context used"));
}

} // namespace hearth::ui
