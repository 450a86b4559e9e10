#pragma once

#include "state/resume_point.h"

#include <QSize>
#include <QString>

#include <optional>

namespace hearth::desktop {

enum class ScriptedState {
    Empty,
    Busy,
    Error,
    Demo,
    Lost,      ///< The GPU stops answering in mid-reply.
    LostAgain, ///< And once more, soon after a restart.
    Fallback,  ///< On the CPU, as the GPU's memory is too small.
    Refused,   ///< A model that could not be loaded, the one before in use; a reply out of memory.
    Welcome,         ///< A first run, without the starter.
    WelcomeOffline,  ///< Without a network, with the starter.
    WelcomeDownload, ///< While the recommended model is downloaded.
    WelcomeFound,    ///< With models of other programs.
};
/// As `--state` takes it.
[[nodiscard]] QString stateName(ScriptedState state);

/// What `hearth-desktop` was asked for.
struct Options {
    QString model;
    QString page;                       ///< As pageName(); empty: as the program chooses.
    std::optional<ScriptedState> state; ///< Instead of the person's chats and a real engine.
    QString theme;                      ///< "light", "dark", "system"; empty: as in the settings.
    QString language;                   ///< "en", "zh_CN"; empty: as in the settings.
    double scale = 0.0;                 ///< 0: the screen's.
    QSize size;                         ///< Empty: as it was.
    QString dataDirectory;
    bool newChat = false;
    bool gallery = false;
    QString screenshot;                    ///< PNG to write; empty: none.
    std::optional<ui::ResumePoint> resume; ///< Given by a process that restarted itself.
    QString report;      ///< JSON to write about the window, after such a restart too; empty: none.
    QString script;      ///< Steps to take in the window, as script.h reads them; empty: none.
    QString screenshots; ///< Folder of the script's pictures.

    /// The program only draws or reports, and ends by itself.
    [[nodiscard]] bool isForPictures() const {
        return !screenshot.isEmpty() || !script.isEmpty() || !report.isEmpty();
    }
};

/// Fills `options`. The exit status if the program is not to go on: 0 after --help, 2 for wrong
/// usage, which is explained on stderr.
[[nodiscard]] std::optional<int> parseOptions(int argc, char** argv, Options& options);

} // namespace hearth::desktop
