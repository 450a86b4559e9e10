#pragma once

#include "state/server_controller.h"
#include "view/theme/tokens.h"

#include <QString>

namespace hearth::ui {

/// The window's words for what its server does, in the language in force.

QString serverStateText(ServerController::State state);
ColorRole serverStateRole(ServerController::State state);
/// Why it could not be started: a sentence with what can be done.
QString serverErrorText(const Error& error, const ServerChoice& choice);
/// True if another program has the port.
bool isPortBusy(const Error& error);
/// "2 running · 1 waiting · 5 connections · 212 tok/s"
QString activityText(const ServerActivity& activity);
/// "loaded", "loading 40%", "in use by 2"; empty: not loaded.
QString modelStateText(const PoolModelStatus& status);

/// "12:01", with the seconds where there is room.
QString requestTimeText(const ServedRequest& request, bool hasSeconds);
/// "Cline" of "Cline/3.8.4 (…)"; the address where there is no name.
QString requestClientText(const ServedRequest& request);
/// What came of it: "3.1k→412 · 71 tok/s", or the error. `context`: that of the window's model.
QString requestOutcomeText(const ServedRequest& request, int context);
/// The prompt was longer than the model's context.
bool isTooLong(const ServedRequest& request, int context);
ColorRole requestStatusRole(int status);

} // namespace hearth::ui
