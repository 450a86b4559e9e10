#pragma once

#include "bridge/model_loader.h"
#include "state/chat_records.h"

#include <QString>

namespace hearth::ui {

/// The window's own words for the engine's codes and figures, in the language in force.

/// A sentence: what is wrong, where, and the numbers.
QString errorText(const Error& error);
/// What the button under a failed reply says.
QString errorActionText(const Error& error);
QString loadPhaseText(LoadPhase phase);
/// "Reading weights… 43 of 98 MB"
QString loadProgressText(const LoadProgress& progress);
/// "71 tok/s · TTFT 0.2 s · 412 tokens · cache 96% · stopped: length"
QString figuresText(const ReplyFigures& figures);

QString bytesText(quint64 bytes);    ///< "9.4 GB"
QString tokensText(qint64 tokens);   ///< "3.1k"

} // namespace hearth::ui
