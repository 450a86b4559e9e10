#pragma once

#include "options.h"
#include "view/pages/main_window.h"

#include <QStringList>

namespace hearth::desktop {

/// The command line with which the program goes on where `plan` says: what it was asked for, less
/// what the person has changed since.
[[nodiscard]] QStringList restartArguments(const Options& options, const ui::RestartPlan& plan);

/// Starts this program anew and lets this process end: by itself, or by force where the driver
/// holds a thread of it for good. False if no process could be started.
[[nodiscard]] bool startAgain(const QStringList& arguments);

/// Waits, within reason, until a process of this computer is gone, so that its files and its GPU
/// memory are free.
void waitForEnd(qint64 process);

} // namespace hearth::desktop
