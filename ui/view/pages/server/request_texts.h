#pragma once

#include "hearth/server.h"
#include "view/theme/tokens.h"

#include <QString>

namespace hearth::ui {

/// The window's words for the requests of other programs, in the language in force. The engine
/// tells a status, figures and, as a detail, technical English.

/// What the person can do so that the next request like it is answered.
enum class RequestMend { None, RaiseContext, MakeKey, AllowPages, OpenDocuments };

/// "12:01", with the seconds where there is room.
QString requestTimeText(const ServedRequest& request, bool hasSeconds);
/// "Cline" of "Cline/3.8.4 (…)"; the address where there is no name.
QString requestClientText(const ServedRequest& request);
/// What came of it in a few words: "3.1k→412 · 71 tok/s", or what was wrong. `context`: that of the
/// window's model, 0 if none is loaded.
QString requestOutcomeText(const ServedRequest& request, int context);
/// What was wrong, as a sentence; empty if nothing was.
QString requestProblemText(const ServedRequest& request, int context);
RequestMend requestMend(const ServedRequest& request, int context);
/// The prompt was longer than the model's context.
bool isTooLong(const ServedRequest& request, int context);
ColorRole requestStatusRole(const ServedRequest& request);

} // namespace hearth::ui
