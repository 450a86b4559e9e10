#pragma once

#include "options.h"
#include "state/workspace.h"

#include <QTemporaryDir>

namespace hearth::desktop {

/// A window without the person's own chats, models and engine: what `--state` shows. Its data lie
/// in a folder that goes with it.
class DemoState {
public:
    explicit DemoState(ScriptedState state);

    [[nodiscard]] ui::WorkspaceOptions options() const;
    /// Opens and sends what the state shows; once, when the chats are listed.
    void begin(ui::Workspace& workspace) const;
    /// True once the state is there to be looked at.
    [[nodiscard]] bool isReached(ui::Workspace& workspace) const;

private:
    const ScriptedState m_state;
    QTemporaryDir m_directory;
};

} // namespace hearth::desktop
