#include "view/pages/download_texts.h"

#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace hearth::ui {

namespace {

struct DownloadTexts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::DownloadTexts)
};

constexpr quint64 kUnauthorised = 401;
constexpr quint64 kForbidden = 403;
constexpr quint64 kNotFound = 404;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

QString plain(std::string_view text) {
    return withoutControls(QString::fromUtf8(text.data(), qsizetype(text.size())));
}

QString refusedText(const Error& error) {
    const quint64 status = error.available.value_or(0);
    if (status == kUnauthorised || status == kForbidden)
        return DownloadTexts::tr("%1 does not give this file to everyone (HTTP %2).")
            .arg(plain(error.field), QString::number(status));
    if (status == kNotFound)
        return DownloadTexts::tr("%1 does not have this file (HTTP 404).").arg(plain(error.field));
    return DownloadTexts::tr("%1 refused the download (HTTP %2).")
        .arg(plain(error.field), QString::number(status));
}

QString durationText(double seconds) {
    constexpr int kMinute = 60;
    constexpr int kHour = 3600;
    constexpr double kMostSeconds = 1e9;
    // At a few bytes a second the time that is left exceeds an int.
    const int whole = qRound(std::clamp(seconds, 1.0, kMostSeconds));
    if (whole < kMinute)
        return DownloadTexts::tr("%n second(s) left", nullptr, whole);
    if (whole < kHour)
        return DownloadTexts::tr("%n minute(s) left", nullptr, (whole + kMinute / 2) / kMinute);
    return DownloadTexts::tr("%n hour(s) left", nullptr, (whole + kHour / 2) / kHour);
}

QString gpuText(const GpuDescription& gpu) {
    return DownloadTexts::tr("%1 · %2 of %3 free")
        .arg(plain(gpu.name), bytesText(gpu.freeMemory), bytesText(gpu.totalMemory));
}

} // namespace

QString downloadErrorText(const Error& error) {
    switch (error.code) {
    case ErrorCode::NoNetwork:
        if (error.field.empty())
            return DownloadTexts::tr("The network can't be reached.");
        return DownloadTexts::tr("%1 can't be reached.").arg(plain(error.field));
    case ErrorCode::TlsFailed:
        return DownloadTexts::tr("The connection can't be trusted: its certificate is not valid "
                                 "here. A company's proxy may be in between.");
    case ErrorCode::HttpRefused:
        return refusedText(error);
    case ErrorCode::WrongContent:
        return DownloadTexts::tr("The server sent something else than the model (%1). A network's "
                                 "sign-in page may be in between.")
            .arg(plain(error.detail));
    case ErrorCode::WrongChecksum:
        return DownloadTexts::tr("What arrived was damaged on its way, so it was thrown away.");
    case ErrorCode::NoSpace:
        if (!error.needed || !error.available)
            return DownloadTexts::tr("The disk is full.");
        return DownloadTexts::tr("The disk lacks room: needs %1, %2 free.")
            .arg(bytesText(*error.needed), bytesText(*error.available));
    case ErrorCode::ToolMissing:
        if (error.detail == "pip")
            return DownloadTexts::tr("Python's pip is not installed. Install the package "
                                     "python3-pip, then try again.");
        return DownloadTexts::tr("“%1” can't be run. Install the packages python3 and "
                                 "python3-pip, then try again.")
            .arg(withoutControls(QFileInfo(QString::fromStdString(error.field)).fileName()));
    default:
        return errorText(error);
    }
}

bool isMendedBySettings(const Error& error) {
    return error.code == ErrorCode::NoNetwork || error.code == ErrorCode::TlsFailed ||
           error.code == ErrorCode::HttpRefused;
}

QString downloadActionText(const Error& error) {
    return isMendedBySettings(error) ? DownloadTexts::tr("Mirror and proxy…")
                                     : DownloadTexts::tr("Try again");
}

double downloadShare(const DownloadProgress& progress) {
    if (progress.totalBytes == 0)
        return 0.0;
    return std::min(1.0, double(progress.doneBytes) / double(progress.totalBytes));
}

QString downloadProgressText(const DownloadProgress& progress) {
    switch (progress.phase) {
    case DownloadPhase::Connecting:
        return DownloadTexts::tr("Connecting…");
    case DownloadPhase::Waiting:
        return progress.problem == ErrorCode::NoNetwork
                   ? DownloadTexts::tr("No answer. Trying again in a moment…")
                   : DownloadTexts::tr("The server is busy. Trying again in a moment…");
    case DownloadPhase::Verifying:
        return DownloadTexts::tr("Checking what arrived…");
    case DownloadPhase::Receiving:
        break;
    }
    QStringList parts{DownloadTexts::tr("%1 of %2").arg(bytesText(progress.doneBytes),
                                                        bytesText(progress.totalBytes))};
    if (progress.bytesPerSecond > 0)
        parts += DownloadTexts::tr("%1/s").arg(bytesText(quint64(progress.bytesPerSecond)));
    if (progress.secondsLeft >= 0)
        parts += durationText(progress.secondsLeft);
    return parts.join(QStringLiteral(" · "));
}

QString machineText(const MachineDescription& machine) {
    QStringList parts;
    if (!machine.processor.empty())
        parts += plain(machine.processor);
    if (machine.cores > 0)
        parts += DownloadTexts::tr("%n core(s)", nullptr, machine.cores);
    parts += DownloadTexts::tr("%1 of %2 of memory free")
                 .arg(bytesText(machine.freeMemory), bytesText(machine.totalMemory));
    for (const GpuDescription& gpu : machine.gpus)
        parts += gpuText(gpu);
    if (machine.gpus.empty())
        parts += DownloadTexts::tr("no NVIDIA graphics card in use");
    return parts.join(QStringLiteral(" · "));
}

QString machineDetailText(const MachineDescription& machine) {
    if (!machine.gpus.empty() || !machine.gpuProblem)
        return {};
    return DownloadTexts::tr("Hearth computes on the CPU. %1").arg(errorText(*machine.gpuProblem));
}

QString originText(ModelOrigin origin) {
    switch (origin) {
    case ModelOrigin::HuggingFace:
        return QStringLiteral("Hugging Face");
    case ModelOrigin::LmStudio:
        return QStringLiteral("LM Studio");
    case ModelOrigin::Ollama:
        return QStringLiteral("Ollama");
    case ModelOrigin::Jan:
        return QStringLiteral("Jan");
    case ModelOrigin::Gpt4All:
        return QStringLiteral("GPT4All");
    case ModelOrigin::LlamaCpp:
        break;
    }
    return QStringLiteral("llama.cpp");
}

QString languagesText(ModelLanguages languages) {
    switch (languages) {
    case ModelLanguages::English:
        return DownloadTexts::tr("English");
    case ModelLanguages::European:
        return DownloadTexts::tr("English and other European languages");
    case ModelLanguages::ManyWithChinese:
        break;
    }
    return DownloadTexts::tr("English, Chinese and many more");
}

QString tokenSpeedText(double tokensPerSecond, bool isEstimate) {
    if (tokensPerSecond <= 0)
        return {};
    const int decimals = tokensPerSecond < 10 ? 1 : 0;
    const QString figure = QLocale().toString(tokensPerSecond, 'f', isEstimate ? 0 : decimals);
    return isEstimate ? DownloadTexts::tr("~%1 tok/s").arg(figure)
                      : DownloadTexts::tr("%1 tok/s").arg(figure);
}

QString fitText(const ModelFit& fit, const MachineDescription& machine) {
    switch (fit.problem) {
    case FitProblem::None:
        return fit.isOnGpu ? DownloadTexts::tr("fits the graphics card with %1 of context")
                                 .arg(contextText(fit.context))
                           : DownloadTexts::tr("fits with %1 of context")
                                 .arg(contextText(fit.context));
    case FitProblem::Memory:
        return DownloadTexts::tr("needs %1 of memory, %2 free")
            .arg(bytesText(fit.neededBytes), bytesText(fit.availableBytes));
    case FitProblem::Disk:
        return DownloadTexts::tr("needs %1 of disk, %2 free")
            .arg(bytesText(fit.neededDisk), bytesText(machine.freeDisk.value_or(0)));
    case FitProblem::Speed:
        break;
    }
    if (fit.tokensPerSecond > 0)
        return DownloadTexts::tr("slow here, about %1 tokens a second")
            .arg(QLocale().toString(fit.tokensPerSecond, 'f', 1));
    return DownloadTexts::tr("slow on this processor");
}

QString contextText(int tokens) {
    constexpr int kKibi = 1024;
    return tokens >= kKibi && tokens % kKibi == 0
               ? QString::number(tokens / kKibi) + QLatin1Char('k')
               : tokensText(tokens);
}

QString fitMemoryText(const ModelFit& fit) {
    return fit.isOnGpu ? DownloadTexts::tr("%1 of %2 of graphics memory")
                             .arg(bytesText(fit.neededBytes), bytesText(fit.availableBytes))
                       : DownloadTexts::tr("%1 of %2 of memory")
                             .arg(bytesText(fit.neededBytes), bytesText(fit.availableBytes));
}

QString reasonText(const Advice& advice, const MachineDescription& machine) {
    const QString limited = advice.limited ? plain(advice.limited->model->title) : QString();
    switch (advice.reason) {
    case AdviceReason::LargestOnGpu:
        return DownloadTexts::tr(
            "The strongest model that your graphics card holds whole, so it answers fast.");
    case AdviceReason::LargestInMemory:
        return DownloadTexts::tr("The strongest model that fits into your free memory (%1).")
            .arg(bytesText(advice.recommended->fit.availableBytes));
    case AdviceReason::Strongest:
        return DownloadTexts::tr("The strongest model that Hearth recommends; your machine has "
                                 "room for it.");
    case AdviceReason::LimitedBySpeed:
        if (advice.limited->fit.tokensPerSecond > 0)
            return DownloadTexts::tr("%1 would fit too, but write only about %2 tokens a second "
                                     "here, slower than one reads.")
                .arg(limited, QLocale().toString(advice.limited->fit.tokensPerSecond, 'f', 1));
        return DownloadTexts::tr("%1 would fit too, but be slow on this processor.").arg(limited);
    case AdviceReason::LimitedByDisk:
        return DownloadTexts::tr("%1 would run too, but needs %2 of disk; %3 are free.")
            .arg(limited, bytesText(advice.limited->fit.neededDisk),
                 bytesText(machine.freeDisk.value_or(0)));
    case AdviceReason::OnDisk:
        return machine.hasNetwork
                   ? DownloadTexts::tr("It is on this computer already, and a download would "
                                       "bring nothing better.")
                   : DownloadTexts::tr("It is on this computer already, so it needs no network.");
    case AdviceReason::NothingFits:
        return DownloadTexts::tr("Free memory (%1) is too small for the models that Hearth "
                                 "recommends. The starter runs all the same.")
            .arg(bytesText(machine.freeMemory));
    case AdviceReason::DiskFull:
        break;
    }
    return DownloadTexts::tr("The disk has %1 free; the smallest model that Hearth recommends "
                             "needs %2.")
        .arg(bytesText(machine.freeDisk.value_or(0)),
             bytesText(advice.limited ? advice.limited->fit.neededDisk : 0));
}

} // namespace hearth::ui
