#include "view/pages/texts.h"

#include "view/pages/download_texts.h"
#include "view/theme/paint.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>
#include <QStringList>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::Texts)
};

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

/// The file's name, or the field where there is no path.
QString subject(const Error& error) {
    if (!error.path.empty())
        return withoutControls(QFileInfo(QString::fromStdString(error.path)).fileName());
    return plain(error.field);
}

QString fileErrorText(const Error& error) {
    switch (error.code) {
    case ErrorCode::NotFound:
        return Texts::tr("“%1” was not found.").arg(subject(error));
    case ErrorCode::Io:
        return Texts::tr("“%1” could not be read: %2.").arg(subject(error), plain(error.detail));
    case ErrorCode::Corrupt:
        return Texts::tr("“%1” is damaged (%2): %3.")
            .arg(subject(error), plain(error.field), plain(error.detail));
    case ErrorCode::UnsafeFile:
        return Texts::tr("“%1” is in a format that can run programs, so it was refused. "
                         "Use a GGUF or safetensors file.")
            .arg(subject(error));
    default:
        return Texts::tr("Hearth can't run this model yet: %1 %2.")
            .arg(plain(error.field), plain(error.detail))
            .simplified();
    }
}

QString capacityErrorText(const Error& error) {
    const quint64 needed = error.needed.value_or(0);
    const quint64 available = error.available.value_or(0);
    const QLocale locale;
    switch (error.code) {
    case ErrorCode::OutOfMemory:
        if (!error.needed || !error.available)
            return Texts::tr("Not enough memory.");
        return Texts::tr("Not enough memory: needs %1, %2 free.")
            .arg(bytesText(needed), bytesText(available));
    case ErrorCode::ContextExceeded:
        return Texts::tr("The conversation takes %1 tokens, the model holds %2.")
            .arg(locale.toString(needed), locale.toString(available));
    case ErrorCode::CacheExceeded:
        return Texts::tr("The conversation needs %1 cache blocks, there are %2.")
            .arg(locale.toString(needed), locale.toString(available));
    default:
        return Texts::tr("%1 requests wait already.").arg(locale.toString(available));
    }
}

/// "13.0", as NVIDIA writes it, of 13000.
QString cudaVersion(quint64 version) {
    return QStringLiteral("%1.%2").arg(version / 1000).arg(version % 1000 / 10);
}

QString gpuErrorText(const Error& error) {
    switch (error.code) {
    case ErrorCode::DriverMissing:
        return Texts::tr("No NVIDIA driver is installed.");
    case ErrorCode::DriverTooOld:
        return Texts::tr(
                   "The NVIDIA driver supports CUDA %1, Hearth needs %2. Install a newer one.")
            .arg(cudaVersion(error.available.value_or(0)), cudaVersion(error.needed.value_or(0)));
    case ErrorCode::GpuMissing:
        return Texts::tr("The NVIDIA driver shows no graphics card.");
    case ErrorCode::GpuTooOld:
        return Texts::tr("This build of Hearth has no code for the graphics card (%1).")
            .arg(plain(error.detail));
    case ErrorCode::CublasMissing:
        return Texts::tr("NVIDIA's library cuBLAS is missing. Install libcublas of CUDA 13.");
    case ErrorCode::BackendMissing:
        return Texts::tr("This installation of Hearth lacks its part for graphics cards.");
    case ErrorCode::BackendMismatch:
        return Texts::tr("Hearth's part for graphics cards is of another build. Install "
                         "Hearth again.");
    case ErrorCode::DeviceLost:
        return Texts::tr("The graphics card stopped answering.");
    default:
        return Texts::tr("The graphics card can't be used: %1.").arg(plain(error.detail));
    }
}

/// False where a part of the model found no memory, whose bytes are not what the model needs.
bool isOfWholeDevice(const Error& error) {
    return error.field.empty() || error.field.starts_with("cuda:");
}

QString megabytes(quint64 bytes) {
    return QLocale().toString(static_cast<double>(bytes) / 1e6, 'f', 0);
}

} // namespace

QString errorText(const Error& error) {
    switch (error.code) {
    case ErrorCode::NotFound:
    case ErrorCode::Io:
    case ErrorCode::Corrupt:
    case ErrorCode::Unsupported:
    case ErrorCode::UnsafeFile:
        return fileErrorText(error);
    case ErrorCode::OutOfMemory:
    case ErrorCode::ContextExceeded:
    case ErrorCode::CacheExceeded:
    case ErrorCode::QueueFull:
        return capacityErrorText(error);
    case ErrorCode::InvalidArgument:
        return Texts::tr("The setting “%1” is not allowed: %2.")
            .arg(plain(error.field), plain(error.detail));
    case ErrorCode::Cancelled:
        return Texts::tr("Stopped.");
    case ErrorCode::ShuttingDown:
        return Texts::tr("The model was being unloaded.");
    case ErrorCode::NonFiniteLogits:
        return Texts::tr("The model computed something that is no number; its file may be damaged.");
    case ErrorCode::TemplateFailed:
        return Texts::tr("The model's chat template failed: %1.").arg(plain(error.detail));
    case ErrorCode::DeviceLost:
    case ErrorCode::DeviceUnavailable:
    case ErrorCode::DriverMissing:
    case ErrorCode::DriverTooOld:
    case ErrorCode::GpuMissing:
    case ErrorCode::GpuTooOld:
    case ErrorCode::CublasMissing:
    case ErrorCode::BackendMissing:
    case ErrorCode::BackendMismatch:
        return gpuErrorText(error);
    case ErrorCode::NoNetwork:
    case ErrorCode::TlsFailed:
    case ErrorCode::HttpRefused:
    case ErrorCode::WrongContent:
    case ErrorCode::WrongChecksum:
    case ErrorCode::NoSpace:
    case ErrorCode::ToolMissing:
        return downloadErrorText(error);
    case ErrorCode::Internal:
        break;
    }
    return Texts::tr("Something went wrong inside Hearth: %1.").arg(plain(error.detail));
}

QString errorActionText(const Error& error) {
    switch (error.code) {
    case ErrorCode::ContextExceeded:
    case ErrorCode::CacheExceeded:
        return Texts::tr("New chat");
    case ErrorCode::OutOfMemory:
        return Texts::tr("Choose a smaller model");
    default:
        return Texts::tr("Try again");
    }
}

QString loadErrorText(const Error& error) {
    if (error.code != ErrorCode::OutOfMemory)
        return errorText(error);
    return Texts::tr("%1 Close other programs or choose a smaller model.").arg(errorText(error));
}

bool isGpuError(const Error& error) {
    switch (error.code) {
    case ErrorCode::DeviceUnavailable:
    case ErrorCode::DriverMissing:
    case ErrorCode::DriverTooOld:
    case ErrorCode::GpuMissing:
    case ErrorCode::GpuTooOld:
    case ErrorCode::CublasMissing:
    case ErrorCode::BackendMissing:
    case ErrorCode::BackendMismatch:
        return true;
    default:
        return false;
    }
}

QString deviceText(const ModelInfo& model) {
    return model.deviceId == "cpu" ? Texts::tr("CPU") : plain(model.device);
}

QString deviceNoticeText(const Error& notice) {
    switch (notice.code) {
    case ErrorCode::OutOfMemory:
        if (!notice.needed || !notice.available || !isOfWholeDevice(notice))
            return Texts::tr("On the CPU: the graphics card has too little memory for this model.");
        return Texts::tr("On the CPU: the graphics card has %1 free, this model needs %2.")
            .arg(bytesText(*notice.available), bytesText(*notice.needed));
    case ErrorCode::Unsupported:
        return Texts::tr("On the CPU: the graphics card can't run this model yet (%1 %2).")
            .arg(plain(notice.field), plain(notice.detail));
    default:
        return Texts::tr("On the CPU: %1").arg(errorText(notice));
    }
}

QString deviceNoticeActionText(const Error& notice) {
    switch (notice.code) {
    case ErrorCode::OutOfMemory:
        return Texts::tr("Choose a smaller model");
    case ErrorCode::Unsupported:
        return Texts::tr("Choose a model");
    default:
        // The driver and our part for it are sought once, when the program starts.
        return isGpuError(notice) ? QString() : Texts::tr("Try again");
    }
}

QString loadPhaseText(LoadPhase phase) {
    switch (phase) {
    case LoadPhase::Opening:
        return Texts::tr("Opening the file…");
    case LoadPhase::Tokenizer:
        return Texts::tr("Reading the vocabulary…");
    case LoadPhase::Weights:
        return Texts::tr("Reading the weights…");
    case LoadPhase::Preparing:
        return Texts::tr("Getting ready…");
    case LoadPhase::Ready:
        break;
    }
    return Texts::tr("Ready");
}

QString loadProgressText(const LoadProgress& progress) {
    if (progress.phase != LoadPhase::Weights || progress.totalBytes == 0)
        return loadPhaseText(progress.phase);
    return Texts::tr("%1 %2 of %3 MB")
        .arg(loadPhaseText(progress.phase), megabytes(progress.doneBytes),
             megabytes(progress.totalBytes));
}

int cachedPercent(const ReplyFigures& figures) {
    // Imported figures may be as large as they like.
    return figures.promptTokens > 0
               ? static_cast<int>(100.0 * figures.cachedTokens / figures.promptTokens)
               : 0;
}

QString figuresText(const ReplyFigures& figures) {
    QStringList parts;
    if (figures.tokensPerSecond > 0)
        parts += speedText(figures.tokensPerSecond);
    if (figures.timeToFirstToken > 0)
        parts += Texts::tr("TTFT %1").arg(secondsText(figures.timeToFirstToken));
    parts += tokenCountText(figures.completionTokens);
    if (figures.promptTokens > 0 && figures.cachedTokens > 0)
        parts += Texts::tr("cache %1%").arg(cachedPercent(figures));
    if (figures.reason == FinishReason::Length)
        parts += Texts::tr("stopped: length");
    else if (figures.reason == FinishReason::Cancelled)
        parts += Texts::tr("stopped by you");
    if (figures.forgotten > 0)
        parts += Texts::tr("%n older message(s) not sent", nullptr, figures.forgotten);
    return parts.join(QStringLiteral(" · "));
}

QString finishReasonText(FinishReason reason) {
    switch (reason) {
    case FinishReason::Stop:
        return Texts::tr("The model was done");
    case FinishReason::StopString:
        return Texts::tr("A stop text was met");
    case FinishReason::Length:
        return Texts::tr("Its limit was reached");
    case FinishReason::Cancelled:
        break;
    }
    return Texts::tr("You stopped it");
}

QString speedText(double tokensPerSecond) {
    return Texts::tr("%1 tok/s").arg(
        QLocale().toString(tokensPerSecond, 'f', tokensPerSecond < 10 ? 1 : 0));
}

QString secondsText(double seconds) {
    return Texts::tr("%1 s").arg(QLocale().toString(seconds, 'f', seconds < 0.1 ? 2 : 1));
}

QString tokenCountText(int tokens) {
    // %L1 would group the digits, which %n does not.
    return Texts::tr("%1 token(s)", nullptr, tokens).arg(QLocale().toString(tokens));
}

QString bytesText(quint64 bytes) {
    const QLocale locale;
    const auto value = static_cast<double>(bytes);
    if (value >= 1e9)
        return locale.toString(value / 1e9, 'f', 1) + QStringLiteral(" GB");
    if (value >= 1e6)
        return locale.toString(value / 1e6, 'f', 0) + QStringLiteral(" MB");
    return locale.toString(value / 1e3, 'f', 0) + QStringLiteral(" kB");
}

QString tokensText(qint64 tokens) {
    if (tokens < 1000)
        return QString::number(tokens);
    return QLocale().toString(static_cast<double>(tokens) / 1000, 'f', tokens < 10'000 ? 1 : 0) +
           QLatin1Char('k');
}

} // namespace hearth::ui
