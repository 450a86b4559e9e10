#include "view/pages/settings/data_section.h"

#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/flow_layout.h"
#include "view/components/label.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QUrl>

namespace hearth::ui {

DataSection::DataSection(Workspace& workspace, QWidget* parent)
    : SettingsSection(QStringLiteral("data"), tr("Data"), parent)
    , m_workspace(workspace)
    , m_size(nullptr)
    , m_export(new Button(tr("Export all chats…"), ButtonKind::Plain, this))
    , m_exportText(new Button(tr("Export all as text…"), ButtonKind::Plain, this))
    , m_delete(new Button(tr("Delete all chats…"), ButtonKind::Danger, this)) {
    addFolder();
    addChats();
    const ChatListModel& list = workspace.chats().list();
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(&list, signal, &m_refreshSoon, qOverload<>(&QTimer::start));
    connect(&list, &QAbstractItemModel::modelReset, &m_refreshSoon, qOverload<>(&QTimer::start));
    // Once for all rows of a change.
    m_refreshSoon.setSingleShot(true);
    m_refreshSoon.setInterval(0);
    connect(&m_refreshSoon, &QTimer::timeout, this, &DataSection::refresh);
    connect(&workspace.store(), &ChatStore::allSaved, this, &DataSection::measure);
    measure();
    refresh();
}

DataSection::~DataSection() {
    m_thread.finish();
}

void DataSection::addFolder() {
    const QString folder = m_workspace.settings().dataDirectory();
    auto* open = new Button(tr("Open folder"), ButtonKind::Plain, this);
    open->setGlyph(Icon::Folder);
    mark(open, QStringLiteral("open"));
    connect(open, &QAbstractButton::clicked, this,
            [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
    auto* path = new Label(withoutControls(folder), TextStyle::Figure, ColorRole::Muted, this);
    path->setElided(true);
    path->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kMd);
    line->addWidget(path, 1);
    line->addWidget(open);
    body()->addLayout(line);
    addText(tr("Chats, settings and added models stay in this folder."));
}

void DataSection::addChats() {
    m_size = addText({});
    auto* takeIn = new Button(tr("Import chats…"), ButtonKind::Plain, this);
    mark(m_export, QStringLiteral("export"));
    mark(m_exportText, QStringLiteral("export_text"));
    mark(takeIn, QStringLiteral("import"));
    mark(m_delete, QStringLiteral("delete"));
    auto* buttons = new FlowLayout;
    for (Button* button : {m_export, m_exportText, takeIn, m_delete})
        buttons->addWidget(button);
    body()->addLayout(buttons);
    connect(m_export, &QAbstractButton::clicked, this, [this] { exportAll(TransferFormat::Json); });
    connect(m_exportText, &QAbstractButton::clicked, this,
            [this] { exportAll(TransferFormat::Markdown); });
    connect(takeIn, &QAbstractButton::clicked, this, &DataSection::import);
    connect(m_delete, &QAbstractButton::clicked, this, &DataSection::askToDelete);
}

QList<RecordId> DataSection::all() const {
    QList<RecordId> ids;
    for (const auto& [id, chat] : m_workspace.chats().list().all())
        ids += id;
    return ids;
}

void DataSection::exportAll(TransferFormat format) {
    auto* dialog = new QFileDialog(this, tr("Export all chats"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (format == TransferFormat::Json) {
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(QStringLiteral("json"));
        dialog->selectFile(QStringLiteral("chats"));
    } else {
        // A file each.
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
    }
    connect(dialog, &QFileDialog::fileSelected, this, [this, format](const QString& path) {
        m_workspace.chats().exportChats(all(), format, path);
    });
    dialog->open();
}

void DataSection::import() {
    auto* dialog = new QFileDialog(this, tr("Import chats"), {}, tr("Chats (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, &m_workspace.chats(), &ChatController::importChats);
    dialog->open();
}

void DataSection::askToDelete() {
    const QList<RecordId> ids = all();
    const int count = static_cast<int>(ids.size());
    const auto answered = [this, ids, count](int button) {
        if (button != 1)
            return;
        ChatController& chats = m_workspace.chats();
        chats.remove(ids);
        emit undoOffered(
            tr("%Ln chat(s) were deleted", nullptr, count), [&chats, ids] { chats.restore(ids); },
            [&chats, ids] { chats.finishRemoval(ids); });
    };
    Dialog::ask(this,
                {tr("Delete all %Ln chat(s)?", nullptr, count),
                 tr("Archived ones too. For ten seconds they can be brought back, then they are "
                    "gone for good.")},
                {{tr("Cancel"), ButtonKind::Quiet},
                 {tr("Delete %Ln chat(s)", nullptr, count), ButtonKind::Danger}},
                answered);
}

void DataSection::measure() {
    m_thread.post([this, directory = m_workspace.settings().dataDirectory()] {
        qint64 bytes = 0;
        const QStringList files{QStringLiteral("chats.sqlite"), QStringLiteral("chats.sqlite-wal")};
        for (const QString& file : files)
            bytes += QFileInfo(QDir(directory).filePath(file)).size();
        QMetaObject::invokeMethod(
            this,
            [this, bytes] {
                m_bytes = bytes;
                refresh();
            },
            Qt::QueuedConnection);
    });
}

void DataSection::refresh() {
    const int count = static_cast<int>(m_workspace.chats().list().all().size());
    const QString chats = tr("%Ln chat(s)", nullptr, count);
    m_size->setText(
        m_bytes < 0 ? chats
                    : tr("%1, %2 on disk.").arg(chats, bytesText(static_cast<quint64>(m_bytes))));
    for (Button* button : {m_export, m_exportText, m_delete})
        button->setEnabled(count > 0);
}

} // namespace hearth::ui
