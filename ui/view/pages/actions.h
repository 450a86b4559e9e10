#pragma once

#include <QKeySequence>
#include <QList>
#include <QString>

#include <optional>

namespace hearth::ui {

/// Everything that a key can be bound to. actionName() is what the settings keep.
enum class Action : int {
    NewChat,
    SearchChats,
    PreviousChat,
    NextChat,
    ChooseModel,
    FindInChat,
    Regenerate,
    PreviousVersion,
    NextVersion,
    CopyReply,
    ToggleSidebar,
    ToggleInspector,
    ChatsPage,
    ModelsPage,
    ServerPage,
    SettingsPage,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Help,
    Quit,
};
inline constexpr int kActionCount = static_cast<int>(Action::Quit) + 1;

/// Under which heading an action stands in the settings and in the help.
enum class ActionGroup : int { Chats, OpenChat, Window };
inline constexpr int kActionGroupCount = static_cast<int>(ActionGroup::Window) + 1;

[[nodiscard]] QString actionName(Action action);
[[nodiscard]] std::optional<Action> actionFromName(const QString& name);
/// What it does, in the language in force.
[[nodiscard]] QString actionText(Action action);
[[nodiscard]] ActionGroup actionGroup(Action action);
[[nodiscard]] QString actionGroupText(ActionGroup group);
/// Those of a fresh installation; the first is the one that is shown.
[[nodiscard]] QList<QKeySequence> defaultKeys(Action action);

} // namespace hearth::ui
