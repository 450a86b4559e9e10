#include "view/pages/recommended_card.h"

#include "state/model_downloads.h"
#include "view/components/button.h"
#include "view/components/label.h"
#include "view/components/meter.h"
#include "view/pages/download_strip.h"
#include "view/pages/download_texts.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QMenu>

namespace hearth::ui {

namespace {

QString text(std::string_view words) {
    return withoutControls(QString::fromUtf8(words.data(), qsizetype(words.size())));
}

double shareOf(const ModelFit& fit) {
    return fit.availableBytes > 0 ? double(fit.neededBytes) / double(fit.availableBytes) : 1.0;
}

} // namespace

RecommendedCard::RecommendedCard(ModelAdvice& advice, ModelDownloads& downloads, QWidget* parent)
    : Card(parent)
    , m_advice(advice)
    , m_downloads(downloads)
    , m_heading(new Label({}, TextStyle::CaptionStrong, ColorRole::Accent, this))
    , m_title(new Label({}, TextStyle::Title, ColorRole::Text, this))
    , m_facts(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_meter(new Meter({}, this))
    , m_fit(new Label({}, TextStyle::Ui, ColorRole::Text, this))
    , m_reason(new Label({}, TextStyle::Ui, ColorRole::Muted, this))
    , m_action(new Button({}, ButtonKind::Primary, this))
    , m_smaller(new Button({}, ButtonKind::Quiet, this))
    , m_larger(new Button({}, ButtonKind::Quiet, this))
    , m_back(new Button({}, ButtonKind::Quiet, this))
    , m_strip(new DownloadStrip(downloads, this)) {
    m_title->setElided(true);
    m_fit->setWordWrap(true);
    m_reason->setWordWrap(true);
    m_action->setObjectName(QStringLiteral("recommended"));
    m_smaller->setGlyph(Icon::ChevronDown);
    m_larger->setGlyph(Icon::ChevronDown);
    m_facts->setWordWrap(true);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(space::kSm);
    buttons->addWidget(m_action);
    buttons->addWidget(m_smaller);
    buttons->addWidget(m_larger);
    buttons->addStretch(1);
    body()->setSpacing(space::kSm);
    auto* head = new QHBoxLayout;
    head->addWidget(m_heading, 1);
    head->addWidget(m_back);
    body()->addLayout(head);
    body()->addWidget(m_title);
    body()->addWidget(m_facts);
    body()->addWidget(m_meter);
    body()->addWidget(m_fit);
    body()->addWidget(m_reason);
    body()->addSpacing(space::kXs);
    body()->addWidget(m_strip);
    body()->addLayout(buttons);

    connect(m_action, &QAbstractButton::clicked, this, &RecommendedCard::act);
    connect(m_smaller, &QAbstractButton::clicked, this,
            [this] { openChoice(m_advice.advice().smaller, m_smaller); });
    connect(m_larger, &QAbstractButton::clicked, this,
            [this] { openChoice(m_advice.advice().larger, m_larger); });
    connect(m_back, &QAbstractButton::clicked, this, [this] {
        m_choice = nullptr;
        refresh();
    });
    connect(m_strip, &DownloadStrip::settingsRequested, this, &RecommendedCard::settingsRequested);
    connect(&downloads, &ModelDownloads::listChanged, this, &RecommendedCard::refresh);
    refresh();
}

void RecommendedCard::setMain(bool isMain) {
    m_isMain = isMain;
    m_action->setKind(isMain ? ButtonKind::Primary : ButtonKind::Plain);
}

bool RecommendedCard::isUsable() const {
    return m_action->isEnabled() && !m_action->isHidden();
}

std::optional<RecommendedCard::Shown> RecommendedCard::shown() const {
    const Advice& advice = m_advice.advice();
    if (m_choice == nullptr) {
        if (auto disk = m_advice.onDisk())
            return Shown{nullptr, disk, m_advice.fitOf(disk->model)};
        if (advice.recommended)
            return Shown{advice.recommended->model, m_advice.onDisk(*advice.recommended->model),
                         advice.recommended->fit};
        return std::nullopt;
    }
    for (const auto* list : {&advice.smaller, &advice.larger})
        for (const Candidate& candidate : *list)
            if (candidate.model == m_choice)
                return Shown{m_choice, m_advice.onDisk(*m_choice), candidate.fit};
    // Chosen before the machine was looked at again, or recommended while another is on disk.
    return Shown{m_choice, m_advice.onDisk(*m_choice),
                 hearth::fitOf(sizeOf(*m_choice), m_advice.machine())};
}

void RecommendedCard::showFacts(const Shown& shown) {
    QStringList facts;
    if (shown.model != nullptr) {
        m_title->setText(text(shown.model->title));
        facts = {bytesText(shown.model->approximateBytes), text(shown.model->quantisation),
                 languagesText(shown.model->languages),
                 tr("license %1").arg(text(shown.model->license))};
    } else {
        const LibraryModel& model = shown.onDisk->model;
        m_title->setText(text(model.name));
        facts += bytesText(model.bytes);
        if (!model.quantisation.empty())
            facts += text(model.quantisation);
        if (model.trainedContext > 0)
            facts += tr("%1 context").arg(contextText(model.trainedContext));
    }
    m_facts->setText(facts.join(QStringLiteral(" · ")));
    m_meter->setAccessibleName(tr("Memory that the model takes"));
    m_meter->setValue(shareOf(shown.fit), fitMemoryText(shown.fit));
    QStringList fit{fitText(shown.fit, m_advice.machine())};
    if (shown.fit.problem == FitProblem::None && shown.fit.tokensPerSecond > 0)
        fit += tokenSpeedText(shown.fit.tokensPerSecond, true);
    QString line = fit.join(QStringLiteral(" · "));
    line[0] = line[0].toUpper();
    m_fit->setText(line);
    m_fit->setRole(shown.fit.problem == FitProblem::None    ? ColorRole::Ok
                   : shown.fit.problem == FitProblem::Speed ? ColorRole::Warn
                                                            : ColorRole::Error);
}

void RecommendedCard::showButtons(const std::optional<Shown>& shown) {
    const ModelDownloads::Item* const item =
        shown && shown->model != nullptr ? m_downloads.find(*shown->model) : nullptr;
    m_strip->setDownload(item != nullptr ? item->id : 0);
    const bool isOnDisk = shown && shown->onDisk.has_value();
    const bool canRun = shown && (shown->fit.problem == FitProblem::None ||
                                  shown->fit.problem == FitProblem::Speed);
    m_action->setVisible(shown && item == nullptr);
    m_action->setEnabled(canRun && (isOnDisk || m_advice.machine().hasNetwork));
    m_action->setText(isOnDisk ? tr("Chat now") : tr("Download and chat"));
    m_smaller->setText(tr("Smaller"));
    m_larger->setText(tr("Larger"));
    m_back->setText(tr("Back to the recommendation"));
    m_smaller->setVisible(item == nullptr && !m_advice.advice().smaller.empty());
    m_larger->setVisible(item == nullptr && !m_advice.advice().larger.empty());
    m_back->setVisible(item == nullptr && m_choice != nullptr);
}

void RecommendedCard::refresh() {
    const std::optional<Shown> shown = this->shown();
    m_heading->setText(m_choice != nullptr ? tr("Your choice")
                       : shown             ? tr("Recommended for this computer")
                                           : tr("No recommendation"));
    for (QWidget* fact : std::initializer_list<QWidget*>{m_title, m_facts, m_meter, m_fit})
        fact->setVisible(shown.has_value());
    if (shown)
        showFacts(*shown);
    m_reason->setText(reasonText(m_advice.advice(), m_advice.machine()));
    m_reason->setVisible(m_choice == nullptr);
    showButtons(shown);
}

void RecommendedCard::act() {
    const std::optional<Shown> shown = this->shown();
    if (!shown)
        return;
    if (shown->onDisk)
        emit useRequested(*shown->onDisk);
    else
        emit downloadBegun(m_downloads.start(*shown->model));
}

void RecommendedCard::openChoice(const std::vector<Candidate>& candidates, QWidget* anchor) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const Candidate& candidate : candidates) {
        QAction* const choice = menu->addAction(
            QStringLiteral("%1 · %2 · %3")
                .arg(text(candidate.model->title), bytesText(candidate.model->approximateBytes),
                     fitText(candidate.fit, m_advice.machine())));
        connect(choice, &QAction::triggered, this, [this, model = candidate.model] {
            m_choice = model;
            refresh();
            m_action->setFocus();
        });
    }
    menu->popup(anchor->mapToGlobal(QPoint(0, anchor->height() + space::kXs)));
}

} // namespace hearth::ui
