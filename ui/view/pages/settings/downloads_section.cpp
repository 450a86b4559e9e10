#include "view/pages/settings/downloads_section.h"

#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/field.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/pages/settings/change.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QFileDialog>

#include <utility>

namespace hearth::ui {

DownloadsSection::DownloadsSection(Workspace& workspace, QWidget* parent)
    : SettingsSection(QStringLiteral("downloads"), tr("Models and downloads"), parent)
    , m_workspace(workspace)
    , m_folders(new QVBoxLayout) {
    Settings& settings = workspace.settings();
    addFolders();
    addAddress({"hub", tr("Mirror of the hub"),
                tr("Where models are downloaded from. Set one where the hub can't be reached; what "
                   "comes from it is checked all the same."),
                QStringLiteral("https://huggingface.co"), AddressKind::Hub},
               settings.values().hubEndpoint, [&settings](const QString& address) {
                   change(settings, [&](auto& values) { values.hubEndpoint = address; });
               });
    addAddress({"proxy", tr("Proxy"), tr("For downloads only. Empty: as the system has it."),
                QStringLiteral("http://127.0.0.1:7890"), AddressKind::Proxy},
               settings.values().proxy, [&settings](const QString& address) {
                   change(settings, [&](auto& values) { values.proxy = address; });
               });
}

void DownloadsSection::addFolders() {
    addHeading(tr("Folders with models"));
    m_folders->setSpacing(space::kXs);
    body()->addLayout(m_folders);
    auto* add = new Button(tr("Add folder…"), ButtonKind::Plain, this);
    add->setGlyph(Icon::Folder);
    mark(add, QStringLiteral("add_folder"));
    body()->addWidget(add, 0, Qt::AlignLeft);
    addText(tr("Models there are used where they lie; nothing is copied, and nothing in these "
               "folders is ever deleted."));
    connect(add, &QAbstractButton::clicked, this, &DownloadsSection::chooseFolder);
    connect(&m_workspace.catalogue(), &ModelCatalogue::scanned, this, [this] {
        if (m_shown != m_workspace.catalogue().folders())
            refreshFolders();
    });
    refreshFolders();
}

void DownloadsSection::chooseFolder() {
    auto* dialog = new QFileDialog(this, tr("Choose a folder with models"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, &m_workspace.catalogue(),
            &ModelCatalogue::addFolder);
    dialog->open();
}

void DownloadsSection::refreshFolders() {
    while (QLayoutItem* item = m_folders->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    m_shown = m_workspace.catalogue().folders();
    m_folders->addWidget(new Label(tr("Only Hearth's own folder is looked through."),
                                   TextStyle::Caption, ColorRole::Muted, this));
    m_folders->itemAt(0)->widget()->setVisible(m_shown.isEmpty());
    for (const QString& path : m_shown)
        m_folders->addWidget(makeFolder(path));
}

QWidget* DownloadsSection::makeFolder(const QString& path) {
    const QString shown = withoutControls(path);
    auto* line = new QWidget(this);
    auto* label = new Label(shown, TextStyle::Figure, ColorRole::Muted, line);
    label->setElided(true);
    auto* remove = new IconButton(Icon::Close, tr("Look no more in “%1”").arg(shown), line,
                                  IconButton::Size::Small);
    mark(remove, QStringLiteral("remove_folder/") + path);
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(label, 1);
    row->addWidget(remove);
    connect(remove, &QAbstractButton::clicked, this,
            [this, path] { m_workspace.catalogue().removeFolder(path); });
    return line;
}

void DownloadsSection::addAddress(const Address& address, const QString& value,
                                  std::function<void(const QString&)> keep) {
    auto* field = new Field(address.name, this);
    field->edit()->setPlaceholderText(address.placeholder);
    field->setHint(address.hint);
    field->setText(value);
    field->edit()->setInputMethodHints(Qt::ImhUrlCharactersOnly);
    mark(field->edit(), QLatin1String(address.key));
    body()->addWidget(field);
    const AddressKind kind = address.kind;
    connect(field->edit(), &QLineEdit::textChanged, field,
            [field, kind](const QString& text) { field->setError(addressProblem(text, kind)); });
    connect(field->edit(), &QLineEdit::editingFinished, field,
            [field, kind, keep = std::move(keep)] {
                if (addressProblem(field->text(), kind).isEmpty())
                    keep(tidyAddress(field->text()));
            });
}

} // namespace hearth::ui
