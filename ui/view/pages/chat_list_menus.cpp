#include "view/pages/chat_list_panel.h"

#include "state/chat_markdown.h"
#include "view/components/icon_button.h"
#include "view/pages/name_prompt.h"
#include "view/pages/scope_button.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"

#include <QFileDialog>
#include <QLineEdit>
#include <QMenu>

namespace hearth::ui {

namespace {

/// What a menu shows of a name: plain, and with no key of its own.
QString menuText(const QString& name) {
    return withoutControls(name).replace(QLatin1Char('&'), QLatin1String("&&"));
}

QMenu* makeMenu(QWidget* parent) {
    auto* menu = new QMenu(parent);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    return menu;
}

} // namespace

void ChatListPanel::openMenu(const QModelIndex& index, const QPoint& globalPosition) {
    const QPersistentModelIndex row(index);
    const QList<RecordId> ids = m_list->meantBy(index);
    const bool isPinned = index.data(ChatListModel::PinnedRole).toBool();
    const bool isArchived = index.data(ChatListModel::ArchivedRole).toBool();
    const QString folder = index.data(ChatListModel::FolderRole).toString();
    QMenu* menu = makeMenu(this);
    if (ids.size() == 1) {
        QAction* rename = menu->addAction(themeIcon(Icon::Edit), tr("Rename"), m_list, [this, row] {
            m_list->setCurrentIndex(row);
            m_list->edit(row);
        });
        rename->setShortcut(Qt::Key_F2);
    }
    menu->addAction(themeIcon(Icon::Pin), isPinned ? tr("Unpin") : tr("Pin"), this,
                    [this, ids, isPinned] {
                        for (const RecordId id : ids)
                            m_chats.setPinned(id, !isPinned);
                    });
    QMenu* folders = menu->addMenu(themeIcon(Icon::Folder), tr("Move to folder"));
    for (const QString& name : m_chats.folders()) {
        QAction* action = folders->addAction(menuText(name), this, [this, ids, name] {
            for (const RecordId id : ids)
                m_chats.setFolder(id, name);
        });
        action->setCheckable(true);
        action->setChecked(name == folder);
    }
    if (!folder.isEmpty())
        folders->addAction(tr("In no folder"), this, [this, ids] {
            for (const RecordId id : ids)
                m_chats.setFolder(id, {});
        });
    folders->addSeparator();
    folders->addAction(themeIcon(Icon::Plus), tr("New folder…"), this,
                       [this, ids] { nameFolder(ids); });
    QMenu* exports = menu->addMenu(themeIcon(Icon::Download), tr("Export"));
    exports->addAction(tr("As JSON…"), this,
                       [this, ids] { exportChats(ids, TransferFormat::Json); });
    exports->addAction(tr("As Markdown…"), this,
                       [this, ids] { exportChats(ids, TransferFormat::Markdown); });
    menu->addAction(themeIcon(Icon::Archive),
                    isArchived ? tr("Back into the list") : tr("Archive"), this,
                    [this, ids, isArchived] { archiveChats(ids, !isArchived); });
    menu->addSeparator();
    QAction* remove = menu->addAction(themeIcon(Icon::Trash), tr("Delete"), this,
                                      [this, ids] { removeChats(ids); });
    remove->setShortcut(Qt::Key_Delete);
    menu->popup(globalPosition);
}

void ChatListPanel::openScopeMenu() {
    const ChatScope& current = m_chats.list().scope();
    QMenu* menu = makeMenu(this);
    const auto add = [&](Icon icon, const QString& text, const ChatScope& scope) {
        QAction* action =
            menu->addAction(themeIcon(icon), text, this, [this, scope] { setScope(scope); });
        action->setCheckable(true);
        action->setChecked(scope == current);
    };
    add(Icon::Chats, tr("All chats"), {});
    for (const QString& folder : m_chats.folders())
        add(Icon::Folder, menuText(folder), {ChatScope::Kind::Folder, folder});
    menu->addSeparator();
    add(Icon::Archive, tr("Archived"), {ChatScope::Kind::Archived, {}});
    if (current.kind == ChatScope::Kind::Folder) {
        menu->addSeparator();
        menu->addAction(themeIcon(Icon::Edit), tr("Rename this folder…"), this,
                        &ChatListPanel::renameScope);
    }
    menu->popup(m_scope->mapToGlobal(QPoint(0, m_scope->height())));
}

void ChatListPanel::openMoreMenu() {
    QMenu* menu = makeMenu(this);
    menu->addAction(tr("Import chats…"), this, &ChatListPanel::importChats);
    QList<RecordId> shown;
    for (int row = 0; row < m_chats.list().rowCount(); ++row)
        shown += m_chats.list().idAt(row);
    const auto add = [&](const QString& text, TransferFormat format) {
        QAction* action =
            menu->addAction(text, this, [this, shown, format] { exportChats(shown, format); });
        action->setEnabled(!shown.isEmpty());
    };
    add(tr("Export those shown as JSON…"), TransferFormat::Json);
    add(tr("Export those shown as Markdown…"), TransferFormat::Markdown);
    menu->popup(m_more->mapToGlobal(QPoint(0, m_more->height())));
}

void ChatListPanel::nameFolder(const QList<RecordId>& ids) {
    askForName(this, {tr("New folder"), tr("Name"), tr("Create"), {}},
               [this, ids](const QString& name) {
                   for (const RecordId id : ids)
                       m_chats.setFolder(id, name);
               });
}

void ChatListPanel::renameScope() {
    const QString folder = m_chats.list().scope().folder;
    askForName(this, {tr("Rename folder"), tr("Name"), tr("Rename"), folder},
               [this, folder](const QString& name) {
                   m_chats.renameFolder(folder, name);
                   setScope({ChatScope::Kind::Folder, name});
               });
}

void ChatListPanel::exportChats(const QList<RecordId>& ids, TransferFormat format) {
    if (ids.isEmpty())
        return;
    auto* dialog = new QFileDialog(this, tr("Export chats"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (format == TransferFormat::Markdown && ids.size() > 1) {
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
    } else {
        const ChatRecord* first = m_chats.list().find(ids.first());
        const bool isJson = format == TransferFormat::Json;
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        const QString suffix = isJson ? QStringLiteral("json") : QStringLiteral("md");
        const QString name = ids.size() > 1 || first == nullptr ? QStringLiteral("chats")
                                                                : safeFileName(first->title);
        dialog->setDefaultSuffix(suffix);
        // Qt adds the suffix to none that has a dot.
        dialog->selectFile(name + QLatin1Char('.') + suffix);
    }
    connect(dialog, &QFileDialog::fileSelected, this, [this, ids, format](const QString& path) {
        m_chats.exportChats(ids, format, path);
    });
    dialog->open();
}

void ChatListPanel::importChats() {
    auto* dialog = new QFileDialog(this, tr("Import chats"), {}, tr("Chats (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString& path) { m_chats.importChats(path); });
    dialog->open();
}

} // namespace hearth::ui
