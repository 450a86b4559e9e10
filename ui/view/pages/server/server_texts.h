#pragma once

#include "state/server_controller.h"
#include "view/theme/tokens.h"

#include <QString>

namespace hearth::ui {

/// The window's words for what its server does, in the language in force.

QString serverStateText(ServerController::State state);
ColorRole serverStateRole(ServerController::State state);
/// What stands in the way of a start, as far as a button mends it.
enum class ServerFault { PortTaken, PortReserved, AddressAbsent, KeyMissing, Other };

ServerFault serverFault(const Error& error, const ServerChoice& choice);
/// Why it could not be started: a sentence with what can be done.
QString serverErrorText(const Error& error, const ServerChoice& choice);
/// What the button that mends it says.
QString serverMendText(ServerFault fault, int freePort);
/// "2 running · 1 waiting · 5 connections · 212 tok/s"
QString activityText(const ServerActivity& activity);
/// "loaded", "loading 40%", "in use by 2"; empty: not loaded.
QString modelStateText(const PoolModelStatus& status);

} // namespace hearth::ui
