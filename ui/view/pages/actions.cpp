#include "view/pages/actions.h"

#include <QCoreApplication>

#include <iterator>

namespace hearth::ui {

namespace {

struct Row {
    Action action;
    ActionGroup group;
    const char* name;
    const char* keys; ///< Portable text, several parted by "; ".
    const char* text;
};

constexpr Row kRows[] = {
    {Action::NewChat, ActionGroup::Chats, "new-chat", "Ctrl+N",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "New chat")},
    {Action::SearchChats, ActionGroup::Chats, "search-chats", "Ctrl+K",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Search all chats")},
    {Action::PreviousChat, ActionGroup::Chats, "previous-chat", "Ctrl+PgUp; Ctrl+Shift+Tab",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Chat above in the list")},
    {Action::NextChat, ActionGroup::Chats, "next-chat", "Ctrl+PgDown; Ctrl+Tab",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Chat below in the list")},
    {Action::ChooseModel, ActionGroup::OpenChat, "choose-model", "Ctrl+L",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Choose a model")},
    {Action::FindInChat, ActionGroup::OpenChat, "find-in-chat", "Ctrl+F",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Find in this chat")},
    {Action::Regenerate, ActionGroup::OpenChat, "regenerate", "Ctrl+R",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Write the last reply anew")},
    {Action::PreviousVersion, ActionGroup::OpenChat, "previous-version", "Alt+Left",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Version before this one")},
    {Action::NextVersion, ActionGroup::OpenChat, "next-version", "Alt+Right",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Version after this one")},
    {Action::CopyReply, ActionGroup::OpenChat, "copy-reply", "Ctrl+Shift+C",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Copy the last reply")},
    {Action::ToggleSidebar, ActionGroup::Window, "toggle-sidebar", "Ctrl+B",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Show or hide the chats")},
    {Action::ToggleInspector, ActionGroup::Window, "toggle-inspector", "Ctrl+I",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Show or hide the inspector")},
    {Action::ChatsPage, ActionGroup::Window, "page-chat", "Ctrl+1",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Go to the chats")},
    {Action::ModelsPage, ActionGroup::Window, "page-models", "Ctrl+2",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Go to the models")},
    {Action::ServerPage, ActionGroup::Window, "page-server", "Ctrl+3",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Go to the server")},
    {Action::SettingsPage, ActionGroup::Window, "page-settings", "Ctrl+,; Ctrl+4",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Go to the settings")},
    {Action::ZoomIn, ActionGroup::Window, "zoom-in",
     "Ctrl++; Ctrl+=", QT_TRANSLATE_NOOP("hearth::ui::Actions", "Larger text")},
    {Action::ZoomOut, ActionGroup::Window, "zoom-out", "Ctrl+-",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Smaller text")},
    {Action::ZoomReset, ActionGroup::Window, "zoom-reset", "Ctrl+0",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Text at its usual size")},
    {Action::Help, ActionGroup::Window, "help", "Ctrl+/; F1",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Keyboard shortcuts")},
    {Action::Quit, ActionGroup::Window, "quit", "Ctrl+Q",
     QT_TRANSLATE_NOOP("hearth::ui::Actions", "Quit Hearth")},
};
static_assert(std::size(kRows) == kActionCount);

const Row& row(Action action) {
    return kRows[static_cast<int>(action)];
}

} // namespace

QString actionName(Action action) {
    return QString::fromLatin1(row(action).name);
}

std::optional<Action> actionFromName(const QString& name) {
    for (const Row& known : kRows)
        if (name == QLatin1String(known.name))
            return known.action;
    return std::nullopt;
}

QString actionText(Action action) {
    return QCoreApplication::translate("hearth::ui::Actions", row(action).text);
}

ActionGroup actionGroup(Action action) {
    return row(action).group;
}

QString actionGroupText(ActionGroup group) {
    switch (group) {
    case ActionGroup::Chats:
        return QCoreApplication::translate("hearth::ui::Actions", "All chats");
    case ActionGroup::OpenChat:
        return QCoreApplication::translate("hearth::ui::Actions", "The open chat");
    case ActionGroup::Window:
        break;
    }
    return QCoreApplication::translate("hearth::ui::Actions", "The window");
}

QList<QKeySequence> defaultKeys(Action action) {
    return QKeySequence::listFromString(QString::fromLatin1(row(action).keys),
                                        QKeySequence::PortableText);
}

} // namespace hearth::ui
