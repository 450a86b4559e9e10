#pragma once

#include "options.h"
#include "state/workspace.h"

#include <QString>

namespace hearth::desktop {

/// A window without the person's own chats, models and engine: what `--state` shows. Its data lie
/// in a folder that goes with it, unless it is handed on to the next process.
class DemoState {
public:
    explicit DemoState(ScriptedState state);
    /// Goes on with the folder of a process that restarted itself, and with a device that works.
    DemoState(ScriptedState state, const QString& directory);
    ~DemoState();

    [[nodiscard]] QString directory() const { return m_directory; }
    /// Leaves the folder to another process.
    void handOn() { m_isHandedOn = true; }
    [[nodiscard]] bool isResumed() const { return m_isResumed; }
    [[nodiscard]] bool losesDevice() const;

    [[nodiscard]] ui::WorkspaceOptions options() const;
    /// Opens and sends what the state shows; once, when the chats are listed.
    void begin(ui::Workspace& workspace) const;
    /// True once the state is there to be looked at.
    [[nodiscard]] bool isReached(ui::Workspace& workspace) const;

private:
    const ScriptedState m_state;
    const bool m_isResumed;
    bool m_isHandedOn = false;
    QString m_directory;
};

} // namespace hearth::desktop
