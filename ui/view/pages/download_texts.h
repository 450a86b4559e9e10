#pragma once

#include "hearth/download.h"
#include "hearth/found_models.h"
#include "hearth/model_advice.h"

#include <QString>

namespace hearth::ui {

/// The window's words for the machine, for advice and for downloads, in the language in force.

/// A sentence for the codes of downloads.
QString downloadErrorText(const Error& error);
/// What the button beside it does about it.
QString downloadActionText(const Error& error);
/// True if that is to set a mirror or a proxy, false if it is to try again.
bool isMendedBySettings(const Error& error);
/// "412 MB of 2.0 GB · 48 MB/s · 34 s left", or the phase in words.
QString downloadProgressText(const DownloadProgress& progress);
double downloadShare(const DownloadProgress& progress); ///< Of 1.

/// "AMD EPYC · 2 cores · 19.1 of 23.4 GB free · no NVIDIA graphics card"
QString machineText(const MachineDescription& machine);
/// Why the machine computes where it does: a sentence; empty if there is nothing to explain.
QString machineDetailText(const MachineDescription& machine);
QString originText(ModelOrigin origin);       ///< "Ollama"
QString languagesText(ModelLanguages languages);
QString tokenSpeedText(double tokensPerSecond, bool isEstimate); ///< "~70 tok/s"; empty: unknown.
/// "Fits with 32k tokens of context", or what it lacks.
QString fitText(const ModelFit& fit, const MachineDescription& machine);
QString contextText(int tokens); ///< "32k" of 32768, as contexts are named.
/// "1.9 of 8.2 GB of memory"
QString fitMemoryText(const ModelFit& fit);
/// Why the recommended model is the one.
QString reasonText(const Advice& advice, const MachineDescription& machine);

} // namespace hearth::ui
