#include "view/pages/models_page.h"

#include "state/workspace.h"
#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/card.h"
#include "view/components/chip.h"
#include "view/components/dialog.h"
#include "view/components/empty_state.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/skeleton.h"
#include "view/components/toast.h"
#include "view/pages/catalogue_section.h"
#include "view/pages/download_strip.h"
#include "view/pages/download_texts.h"
#include "view/pages/found_models_card.h"
#include "view/pages/model_row.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QEvent>
#include <QFileDialog>

namespace hearth::ui {

namespace {

constexpr int kColumnWidth = 880;
constexpr int kSkeletonLines = 4;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

void clear(QLayout* layout) {
    while (QLayoutItem* item = layout->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
}

} // namespace

ModelsPage::ModelsPage(Workspace& workspace, QWidget* parent)
    : QScrollArea(parent)
    , m_workspace(workspace)
    , m_title(new Label({}, TextStyle::Display))
    , m_disk(new Label({}, TextStyle::Caption, ColorRole::Muted))
    , m_addFile(new Button({}, ButtonKind::Primary))
    , m_addFolder(new Button({}, ButtonKind::Plain))
    , m_scan(new IconButton(Icon::Refresh, {}))
    , m_foldersLabel(new Label({}, TextStyle::Caption, ColorRole::Muted))
    , m_folders(new QVBoxLayout)
    , m_trouble(new Banner(Banner::Kind::Error, {}))
    , m_downloads(new QVBoxLayout)
    , m_skeleton(new Card)
    , m_empty(new EmptyState(Icon::Models, {}, {}))
    , m_list(new QVBoxLayout)
    , m_found(new FoundModelsCard(workspace.advice(), workspace.catalogue(),
                                  FoundModelsCard::Shows::OtherPrograms))
    , m_catalogueSection(new CatalogueSection(workspace))
    , m_toast(new Toast(this)) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    arrange();
    connectWorkspace();
    retranslate();
}

void ModelsPage::arrange() {
    m_trouble->setClosable(true);
    m_trouble->hide();
    m_skeleton->body()->addWidget(new Skeleton(kSkeletonLines, m_skeleton));
    m_addFile->setGlyph(Icon::Plus);
    m_addFolder->setGlyph(Icon::Folder);
    auto* page = new QWidget;
    auto* column = new QWidget(page);
    column->setMaximumWidth(kColumnWidth);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kSm);
    head->addWidget(m_title, 1);
    head->addWidget(m_scan);
    auto* adding = new QHBoxLayout;
    adding->setSpacing(space::kSm);
    adding->addWidget(m_addFile);
    adding->addWidget(m_addFolder);
    adding->addStretch(1);
    auto* places = new QVBoxLayout;
    places->setSpacing(space::kXs);
    places->addWidget(m_disk);
    places->addWidget(m_foldersLabel);
    places->addLayout(m_folders);
    for (QVBoxLayout* list : {m_downloads, m_list})
        list->setSpacing(space::kMd);
    m_folders->setSpacing(space::kXs);
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kLg);
    layout->addLayout(head);
    layout->addLayout(places);
    layout->addLayout(adding);
    layout->addWidget(m_trouble);
    layout->addLayout(m_downloads);
    layout->addWidget(m_skeleton);
    layout->addLayout(m_list);
    layout->addWidget(m_empty);
    layout->addWidget(m_found);
    layout->addWidget(m_catalogueSection);
    layout->addStretch(1);
    auto* outer = new QHBoxLayout(page);
    outer->setContentsMargins(space::k2xl, space::kXl, space::k2xl, space::kXl);
    outer->addStretch(1);
    outer->addWidget(column, 1000);
    outer->addStretch(1);
    setWidget(page);
}

void ModelsPage::connectWorkspace() {
    ModelCatalogue& catalogue = m_workspace.catalogue();
    connect(m_addFile, &QAbstractButton::clicked, this, &ModelsPage::addFile);
    connect(m_addFolder, &QAbstractButton::clicked, this, &ModelsPage::addFolder);
    connect(m_scan, &QAbstractButton::clicked, &catalogue, &ModelCatalogue::scan);
    connect(m_scan, &QAbstractButton::clicked, &m_workspace.advice(), &ModelAdvice::lookAgain);
    connect(&catalogue, &ModelCatalogue::scanned, this, &ModelsPage::rebuildRows);
    connect(&catalogue, &ModelCatalogue::scanned, this, &ModelsPage::rebuildFolders);
    connect(&catalogue, &ModelCatalogue::failed, this, [this](const Error& error) {
        m_trouble->setContent(Banner::Kind::Error, errorText(error));
        m_trouble->setVisible(true);
    });
    connect(&catalogue, &ModelCatalogue::added, m_trouble, &QWidget::hide);
    connect(&m_workspace.model(), &ModelSession::changed, this, &ModelsPage::refresh);
    connect(&m_workspace.advice(), &ModelAdvice::changed, this, [this] {
        refresh();
        m_found->refresh();
        m_catalogueSection->refresh();
    });
    connect(&m_workspace.downloads(), &ModelDownloads::listChanged, this, [this] {
        rebuildDownloads();
        m_catalogueSection->refresh();
    });
    connect(m_found, &FoundModelsCard::useRequested, this,
            [this](const ModelAdvice::OnDisk& found) {
                m_workspace.catalogue().add(QString::fromStdString(found.model.path),
                                            QString::fromStdString(found.model.name));
            });
}

void ModelsPage::addFile() {
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Add a model file"), {}, tr("Models (*.gguf *.safetensors);;All files (*)"));
    if (!file.isEmpty())
        m_workspace.catalogue().add(file);
}

void ModelsPage::addFolder() {
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Add a model's folder, or one of models"));
    if (!folder.isEmpty())
        m_workspace.catalogue().add(folder);
}

void ModelsPage::rebuildRows() {
    clear(m_list);
    m_rows.clear();
    const ModelCatalogue& catalogue = m_workspace.catalogue();
    for (int row = 0; row < catalogue.rowCount(); ++row) {
        auto* card = new ModelRow(m_workspace, catalogue.at(row));
        connect(card, &ModelRow::chatRequested, this, &ModelsPage::chatRequested);
        connect(card, &ModelRow::removeRequested, this, &ModelsPage::remove);
        m_list->addWidget(card);
        m_rows += card;
    }
    m_skeleton->setVisible(!catalogue.isScanned());
    m_empty->setVisible(catalogue.isScanned() && m_rows.isEmpty());
    refresh();
}

void ModelsPage::rebuildDownloads() {
    clear(m_downloads);
    for (const ModelDownloads::Item& item : m_workspace.downloads().items()) {
        auto* card = new Card;
        card->body()->addWidget(new Label(item.isStarter ? tr("Starter") : withoutControls(item.title),
                                          TextStyle::UiStrong, ColorRole::Text, card));
        auto* strip = new DownloadStrip(m_workspace.downloads(), card);
        strip->setDownload(item.id);
        connect(strip, &DownloadStrip::settingsRequested, this, &ModelsPage::settingsRequested);
        card->body()->addWidget(strip);
        m_downloads->addWidget(card);
    }
}

void ModelsPage::rebuildFolders() {
    clear(m_folders);
    const QStringList& folders = m_workspace.catalogue().folders();
    m_foldersLabel->setVisible(!folders.isEmpty());
    for (const QString& folder : folders) {
        auto* chip = new Chip(withoutControls(folder));
        chip->setRemovable(true);
        chip->setAccessibleName(tr("Folder %1; Delete forgets it").arg(withoutControls(folder)));
        connect(chip, &Chip::removeRequested, this, [this, folder] {
            m_workspace.catalogue().removeFolder(folder);
            m_toast->show(tr("The folder “%1” was forgotten; its files stay.")
                              .arg(withoutControls(folder)),
                          tr("Undo"), [this, folder] { m_workspace.catalogue().addFolder(folder); });
        });
        m_folders->addWidget(chip, 0, Qt::AlignLeft);
    }
}

void ModelsPage::refresh() {
    for (ModelRow* row : m_rows)
        row->refresh();
    const MachineDescription& machine = m_workspace.advice().machine();
    m_disk->setVisible(machine.freeDisk.has_value());
    if (machine.freeDisk)
        m_disk->setText(tr("%1 free on the disk").arg(bytesText(*machine.freeDisk)));
}

void ModelsPage::remove(const LibraryModel& model) {
    if (model.place == ModelPlace::Own)
        confirmDeletion(model);
    else
        forget(model);
}

void ModelsPage::forget(const LibraryModel& model) {
    ModelCatalogue& catalogue = m_workspace.catalogue();
    const QString path = QString::fromStdString(model.path);
    const QString name = QString::fromStdString(model.name);
    catalogue.remove(name);
    m_toast->show(tr("“%1” was forgotten; its file stays.").arg(plain(model.name)), tr("Undo"),
                  [&catalogue, path, name] { catalogue.add(path, name); });
}

void ModelsPage::confirmDeletion(const LibraryModel& model) {
    const DialogText text{
        tr("Delete “%1”?").arg(plain(model.name)),
        tr("Its file goes from the disk for good and frees %1. Chats stay.")
            .arg(bytesText(model.bytes))};
    const QString name = QString::fromStdString(model.name);
    Dialog::ask(this, text, {{tr("Cancel"), ButtonKind::Plain}, {tr("Delete"), ButtonKind::Danger}},
                [this, name](int answer) {
                    if (answer == 1)
                        m_workspace.catalogue().remove(name);
                });
}

void ModelsPage::showEvent(QShowEvent* event) {
    m_workspace.advice().look();
    QScrollArea::showEvent(event);
}

void ModelsPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QScrollArea::changeEvent(event);
}

void ModelsPage::retranslate() {
    m_title->setText(tr("Models"));
    m_addFile->setText(tr("Add a model…"));
    m_addFolder->setText(tr("Add folder…"));
    m_scan->setName(tr("Look at the disk again"));
    m_foldersLabel->setText(tr("Folders that are looked through for models"));
    m_empty->setContent(tr("No models yet"),
                        tr("Add a GGUF file or a model's folder. It stays where it is; nothing is "
                           "copied. Or download one of those below."));
    m_found->refresh();
    m_catalogueSection->refresh();
    rebuildFolders();
    rebuildDownloads();
    rebuildRows();
}

} // namespace hearth::ui
