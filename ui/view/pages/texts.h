#pragma once

#include "bridge/model_loader.h"
#include "state/chat_records.h"

#include <QString>

namespace hearth::ui {

/// The window's own words for the engine's codes and figures, in the language in force.

/// A sentence: what is wrong, where, and the numbers.
QString errorText(const Error& error);
/// errorText() of a model that could not be loaded, with what the person can do about it.
QString loadErrorText(const Error& error);
/// What the button under a failed reply says.
QString errorActionText(const Error& error);
/// True if the model might still run on the CPU.
bool isGpuError(const Error& error);
/// "CPU", "NVIDIA H100 80GB HBM3"
QString deviceText(const ModelInfo& model);
/// Why a model is on the CPU though a GPU is there: a sentence, and the button that mends it.
QString deviceNoticeText(const Error& notice);
QString deviceNoticeActionText(const Error& notice); ///< Empty: nothing can be done here.
QString loadPhaseText(LoadPhase phase);
/// "Reading weights… 43 of 98 MB"
QString loadProgressText(const LoadProgress& progress);
/// "71 tok/s · TTFT 0.2 s · 412 tokens · cache 96% · stopped: length"
QString figuresText(const ReplyFigures& figures);
/// Of the prompt, how much came from the cache.
int cachedPercent(const ReplyFigures& figures);
QString finishReasonText(FinishReason reason);
QString speedText(double tokensPerSecond); ///< "71 tok/s"
QString secondsText(double seconds);       ///< "0.2 s"
QString tokenCountText(int tokens);        ///< "1,204 tokens"
QString bytesText(quint64 bytes);    ///< "9.4 GB"
QString tokensText(qint64 tokens);   ///< "3.1k"

} // namespace hearth::ui
