#include "view/pages/found_models_card.h"

#include "state/model_catalogue.h"
#include "view/components/button.h"
#include "view/components/label.h"
#include "view/pages/download_texts.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>

#include <utility>

namespace hearth::ui {

namespace {

constexpr std::size_t kShownAtFirst = 4;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

} // namespace

FoundModelsCard::FoundModelsCard(ModelAdvice& advice, ModelCatalogue& catalogue, Shows shows,
                                 QWidget* parent)
    : Card(parent)
    , m_advice(advice)
    , m_catalogue(catalogue)
    , m_shows(shows)
    , m_heading(new Label({}, TextStyle::UiStrong, ColorRole::Text, this))
    , m_rows(new QVBoxLayout)
    , m_more(new Button({}, ButtonKind::Quiet, this)) {
    m_heading->setWordWrap(true);
    m_rows->setSpacing(space::kMd);
    body()->setSpacing(space::kMd);
    body()->addWidget(m_heading);
    body()->addLayout(m_rows);
    body()->addWidget(m_more, 0, Qt::AlignLeft);
    connect(m_more, &QAbstractButton::clicked, this, [this] {
        m_showsAll = true;
        refresh();
    });
    refresh();
}

void FoundModelsCard::refresh() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    std::vector<std::pair<ModelAdvice::OnDisk, QString>> models;
    for (int row = 0; row < m_catalogue.rowCount(); ++row)
        if (m_shows == Shows::Everything && !m_catalogue.at(row).isStarter)
            models.push_back({{m_catalogue.at(row), true}, tr("Library")});
    for (const FoundModel& found : m_advice.found())
        models.push_back({{found.model, false}, originText(found.origin)});
    const std::size_t shown =
        m_showsAll || models.size() <= kShownAtFirst + 1 ? models.size() : kShownAtFirst;
    for (std::size_t i = 0; i < shown; ++i)
        m_rows->addWidget(makeRow(models[i].first, models[i].second));
    const int count = static_cast<int>(models.size());
    m_heading->setText(
        m_shows == Shows::OtherPrograms
            ? tr("Other programs have %n model(s) on this computer", nullptr, count)
            : tr("Found %n model(s) on this computer", nullptr, count));
    m_more->setText(tr("Show %n more", nullptr, static_cast<int>(models.size() - shown)));
    m_more->setVisible(shown < models.size());
    setVisible(!models.empty());
}

QWidget* FoundModelsCard::makeRow(const ModelAdvice::OnDisk& model, const QString& origin) {
    const QString name = plain(model.model.name);
    auto* row = new QWidget(this);
    auto* title = new Label(name, TextStyle::Ui, ColorRole::Text, row);
    title->setElided(true);
    QStringList facts{origin};
    if (!model.model.quantisation.empty())
        facts += plain(model.model.quantisation);
    if (model.model.bytes > 0)
        facts += bytesText(model.model.bytes);
    if (model.model.trainedContext > 0)
        facts += tr("%1 context").arg(contextText(model.model.trainedContext));
    auto* detail = new Label(facts.join(QStringLiteral(" · ")), TextStyle::Caption,
                             ColorRole::Muted, row);
    detail->setElided(true);
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(title);
    words->addWidget(detail);
    const bool isGood = model.model.problem.empty();
    if (!isGood) {
        auto* problem = new Label(tr("Hearth can't run it: %1").arg(plain(model.model.problem)),
                                  TextStyle::Caption, ColorRole::Error, row);
        problem->setWordWrap(true);
        words->addWidget(problem);
    }
    auto* use = new Button(tr("Use"), ButtonKind::Plain, row);
    use->setAccessibleName(tr("Use %1").arg(name));
    use->setVisible(isGood);
    connect(use, &QAbstractButton::clicked, this, [this, model] { emit useRequested(model); });
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(space::kMd);
    line->addLayout(words, 1);
    line->addWidget(use);
    return row;
}

} // namespace hearth::ui
