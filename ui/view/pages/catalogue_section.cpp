#include "view/pages/catalogue_section.h"

#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/card.h"
#include "view/components/label.h"
#include "view/pages/download_texts.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>

#include <algorithm>

namespace hearth::ui {

namespace {

QString plain(std::string_view text) {
    return withoutControls(QString::fromUtf8(text.data(), qsizetype(text.size())));
}

ColorRole roleOf(FitProblem problem) {
    switch (problem) {
    case FitProblem::None:
        return ColorRole::Ok;
    case FitProblem::Speed:
        return ColorRole::Warn;
    case FitProblem::Memory:
    case FitProblem::Disk:
        break;
    }
    return ColorRole::Muted;
}

} // namespace

CatalogueSection::CatalogueSection(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_heading(new Label({}, TextStyle::UiStrong, ColorRole::Text, this))
    , m_rows(new QVBoxLayout) {
    auto* card = new Card(this);
    card->body()->addLayout(m_rows);
    m_rows->setSpacing(space::kMd);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kSm);
    layout->addWidget(m_heading);
    layout->addWidget(card);
    refresh();
}

void CatalogueSection::refresh() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    m_heading->setText(tr("Models to download"));
    const ModelAdvice& advice = m_workspace.advice();
    if (advice.isReady())
        for (const Candidate& candidate : candidates())
            if (!advice.onDisk(*candidate.model) &&
                m_workspace.downloads().find(*candidate.model) == nullptr)
                m_rows->addWidget(makeRow(candidate));
    setVisible(m_rows->count() > 0);
}

std::vector<Candidate> CatalogueSection::candidates() const {
    const Advice& advice = m_workspace.advice().advice();
    std::vector<Candidate> all;
    if (advice.recommended)
        all.push_back(*advice.recommended);
    all.insert(all.end(), advice.smaller.begin(), advice.smaller.end());
    all.insert(all.end(), advice.larger.begin(), advice.larger.end());
    for (const CatalogueModel& model : catalogue()) {
        const bool isThere = std::any_of(all.begin(), all.end(), [&](const Candidate& known) {
            return known.model == &model;
        });
        if (!isThere)
            all.push_back({&model, fitOf(sizeOf(model), m_workspace.advice().machine())});
    }
    return all;
}

QWidget* CatalogueSection::makeRow(const Candidate& candidate) {
    const MachineDescription& machine = m_workspace.advice().machine();
    const CatalogueModel& model = *candidate.model;
    const ModelFit& fit = candidate.fit;
    auto* row = new QWidget(this);
    const auto& recommended = m_workspace.advice().advice().recommended;
    const bool isRecommended = recommended && recommended->model == &model;
    auto* title = new Label(plain(model.title), TextStyle::Ui, ColorRole::Text, row);
    title->setElided(true);
    const QString facts = QStringList{bytesText(model.approximateBytes), plain(model.quantisation),
                                      languagesText(model.languages), plain(model.license)}
                              .join(QStringLiteral(" · "));
    auto* detail = new Label(facts, TextStyle::Caption, ColorRole::Muted, row);
    detail->setElided(true);
    QStringList how{fitText(fit, machine)};
    if (fit.problem == FitProblem::None && fit.tokensPerSecond > 0)
        how += tokenSpeedText(fit.tokensPerSecond, true);
    if (isRecommended)
        how.prepend(tr("recommended"));
    auto* fits = new Label(how.join(QStringLiteral(" · ")), TextStyle::Caption,
                           roleOf(fit.problem), row);
    fits->setElided(true);
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    for (Label* label : {title, detail, fits})
        words->addWidget(label);
    auto* get = new Button(tr("Download"), ButtonKind::Plain, row);
    get->setGlyph(Icon::Download);
    get->setAccessibleName(tr("Download %1").arg(plain(model.title)));
    // What does not fit into the memory may be meant for later; what does not fit on the disk not.
    get->setEnabled(machine.hasNetwork && fit.problem != FitProblem::Disk);
    connect(get, &QAbstractButton::clicked, this,
            [this, &model] { m_workspace.downloads().start(model); });
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(space::kMd);
    line->addLayout(words, 1);
    line->addWidget(get);
    return row;
}

} // namespace hearth::ui
