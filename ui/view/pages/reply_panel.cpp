#include "view/pages/reply_panel.h"

#include "view/components/label.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QLocale>

namespace hearth::ui {

ReplyPanel::ReplyPanel(QWidget* parent) : QWidget(parent) {
    const QString names[kFigureCount] = {
        tr("Speed"),      tr("Time to first token"), tr("Tokens"),
        tr("Prompt"),     tr("From the cache"),      tr("Not sent"),
        tr("Why it ended"), tr("Model"),               tr("Device")};
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kSm);
    for (int figure = 0; figure < kFigureCount; ++figure) {
        auto* line = new QWidget(this);
        auto* name = new Label(names[figure], TextStyle::Caption, ColorRole::Muted, line);
        auto* value = new Label({}, TextStyle::Caption, ColorRole::Text, line);
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        value->setElided(true);
        auto* row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(space::kSm);
        row->addWidget(name);
        row->addWidget(value, 1);
        layout->addWidget(line);
        m_rows[figure] = {line, value};
    }
}

void ReplyPanel::set(Figure figure, const QString& text) {
    m_rows[figure].value->setText(text);
    m_rows[figure].widget->setVisible(!text.isEmpty());
}

void ReplyPanel::show(const ReplyFacts& facts) {
    const ReplyFigures& figures = facts.figures;
    set(Speed, figures.tokensPerSecond > 0 ? speedText(figures.tokensPerSecond) : QString());
    set(FirstToken,
        figures.timeToFirstToken > 0 ? secondsText(figures.timeToFirstToken) : QString());
    set(Tokens, QLocale().toString(figures.completionTokens));
    set(Prompt, tokenCountText(figures.promptTokens));
    set(Cached, figures.promptTokens > 0
                    ? tr("%1 (%2%)")
                          .arg(tokenCountText(figures.cachedTokens))
                          .arg(cachedPercent(figures))
                    : QString());
    set(Forgotten, figures.forgotten > 0
                       ? tr("%n older message(s)", nullptr, figures.forgotten)
                       : QString());
    set(Reason, finishReasonText(figures.reason));
    set(Model, withoutControls(figures.model));
    set(Device, withoutControls(facts.device));
}

} // namespace hearth::ui
