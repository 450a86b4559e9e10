#include "view/pages/models_page.h"

#include "state/model_catalogue.h"
#include "state/model_session.h"
#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/card.h"
#include "view/components/chip.h"
#include "view/components/empty_state.h"
#include "view/components/label.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QEvent>
#include <QFileDialog>

namespace hearth::ui {

namespace {

constexpr int kColumnWidth = 880;

using State = ModelSession::State;

} // namespace

ModelsPage::ModelsPage(ModelSession& model, ModelCatalogue& catalogue, QWidget* parent)
    : QScrollArea(parent)
    , m_model(model)
    , m_catalogue(catalogue) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    auto* page = new QWidget;
    auto* column = new QWidget(page);
    column->setMaximumWidth(kColumnWidth);
    m_title = new Label({}, TextStyle::Display, ColorRole::Text, column);
    m_addFile = new Button({}, ButtonKind::Primary, column);
    m_addFolder = new Button({}, ButtonKind::Plain, column);
    m_scan = new Button({}, ButtonKind::Quiet, column);
    m_trouble = new Banner(Banner::Kind::Error, {}, {}, column);
    m_trouble->setClosable(true);
    m_trouble->hide();
    m_empty = new EmptyState(Icon::Models, {}, {}, {}, column);
    m_addFile->setGlyph(Icon::Plus);
    m_addFolder->setGlyph(Icon::Folder);
    m_scan->setGlyph(Icon::Refresh);

    auto* head = new QHBoxLayout;
    head->setSpacing(space::kSm);
    head->addWidget(m_title, 1);
    head->addWidget(m_scan);
    head->addWidget(m_addFolder);
    head->addWidget(m_addFile);
    m_list = new QVBoxLayout;
    m_list->setSpacing(space::kMd);
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kLg);
    layout->addLayout(head);
    layout->addWidget(m_trouble);
    layout->addLayout(m_list);
    layout->addWidget(m_empty, 1);
    layout->addStretch(1);
    auto* outer = new QHBoxLayout(page);
    outer->setContentsMargins(space::k2xl, space::kXl, space::k2xl, space::kXl);
    outer->addStretch(1);
    outer->addWidget(column, 1000);
    outer->addStretch(1);
    setWidget(page);

    connect(m_addFile, &QAbstractButton::clicked, this, &ModelsPage::addFile);
    connect(m_empty, &EmptyState::actionTriggered, this, &ModelsPage::addFile);
    connect(m_addFolder, &QAbstractButton::clicked, this, &ModelsPage::addFolder);
    connect(m_scan, &QAbstractButton::clicked, &catalogue, &ModelCatalogue::scan);
    connect(&catalogue, &ModelCatalogue::scanned, this, &ModelsPage::rebuildRows);
    connect(&catalogue, &ModelCatalogue::failed, this, [this](const Error& error) {
        m_trouble->setContent(Banner::Kind::Error, errorText(error));
        m_trouble->show();
    });
    connect(&catalogue, &ModelCatalogue::added, m_trouble, &QWidget::hide);
    connect(&model, &ModelSession::changed, this, &ModelsPage::refreshRows);
    retranslate();
}

void ModelsPage::addFile() {
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Add a model file"), {}, tr("Models (*.gguf *.safetensors);;All files (*)"));
    if (!file.isEmpty())
        m_catalogue.add(file);
}

void ModelsPage::addFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Add a model's folder"));
    if (!folder.isEmpty())
        m_catalogue.add(folder);
}

void ModelsPage::rebuildRows() {
    while (QLayoutItem* item = m_list->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    m_rows.clear();
    for (int row = 0; row < m_catalogue.rowCount(); ++row)
        m_list->addWidget(makeRow(row));
    m_empty->setVisible(m_catalogue.isScanned() && m_rows.empty());
    refreshRows();
}

QWidget* ModelsPage::makeRow(int row) {
    const LibraryModel& model = m_catalogue.at(row);
    const QString name = QString::fromStdString(model.name);
    auto* card = new Card;
    auto* title = new Label(withoutControls(name), TextStyle::UiStrong, ColorRole::Text, card);
    title->setElided(true);
    auto* facts = new QHBoxLayout;
    facts->setSpacing(space::kSm);
    if (!model.quantisation.empty())
        facts->addWidget(new Chip(withoutControls(QString::fromStdString(model.quantisation)), card));
    facts->addWidget(new Chip(bytesText(model.bytes), card));
    if (model.trainedContext > 0)
        facts->addWidget(
            new Chip(tr("%1 context").arg(tokensText(model.trainedContext)), card));
    if (model.isStarter) {
        auto* starter = new Chip(tr("small, for trying"), card);
        starter->setDot(ColorRole::Accent);
        facts->addWidget(starter);
    }
    facts->addStretch(1);

    auto* state = new Label({}, TextStyle::Caption, ColorRole::Muted, card);
    auto* load = new Button({}, ButtonKind::Plain, card);
    load->setEnabled(model.problem.empty());
    connect(load, &QAbstractButton::clicked, this, [this, name] {
        const bool isInUse = m_model.state() == State::Ready && m_model.name() == name;
        if (!isInUse)
            m_model.choose(name);
        emit chatRequested();
    });
    m_rows.push_back({name, state, load});

    auto* words = new QVBoxLayout;
    words->setSpacing(space::kXs);
    words->addWidget(title);
    words->addLayout(facts);
    if (!model.problem.empty()) {
        auto* problem = new Label(withoutControls(QString::fromStdString(model.problem)),
                                  TextStyle::Caption, ColorRole::Error, card);
        problem->setWordWrap(true);
        words->addWidget(problem);
    }
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kMd);
    line->addLayout(words, 1);
    line->addWidget(state);
    line->addWidget(load);
    card->body()->addLayout(line);
    return card;
}

void ModelsPage::refreshRows() {
    for (const Row& row : m_rows) {
        const bool isChosen = row.name == m_model.name();
        const State state = isChosen ? m_model.state() : State::None;
        row.state->setRole(state == State::Ready    ? ColorRole::Ok
                           : state == State::Failed ? ColorRole::Error
                                                    : ColorRole::Muted);
        row.load->setText(tr("Load"));
        switch (state) {
        case State::Ready:
            row.state->setText(tr("In use"));
            row.load->setText(tr("Chat"));
            break;
        case State::Looking:
        case State::Loading:
            row.state->setText(loadProgressText(m_model.progress()));
            row.load->setText(tr("Chat"));
            break;
        case State::Failed:
            row.state->setText(tr("Could not be loaded"));
            break;
        case State::Missing:
        case State::None:
            row.state->setText({});
            break;
        }
        row.load->setAccessibleName(row.load->text() + QLatin1Char(' ') + row.name);
    }
}

void ModelsPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QScrollArea::changeEvent(event);
}

void ModelsPage::retranslate() {
    m_title->setText(tr("Models"));
    m_addFile->setText(tr("Add file…"));
    m_addFolder->setText(tr("Add folder…"));
    m_scan->setText(tr("Look again"));
    m_empty->setContent(tr("No models yet"),
                        tr("Add a GGUF file or a model's folder. It stays where it is; nothing is "
                           "copied."),
                        tr("Add file…"));
    rebuildRows();
}

} // namespace hearth::ui
