#include "hearth/result.h"

#include "base/byte_text.h"

#include <fmt/format.h>

namespace hearth {

namespace {

std::string_view sentence(ErrorCode code) {
    switch (code) {
    case ErrorCode::InvalidArgument:
        return "invalid value";
    case ErrorCode::NotFound:
        return "not found";
    case ErrorCode::Io:
        return "cannot read or write";
    case ErrorCode::Corrupt:
        return "the file is damaged";
    case ErrorCode::Unsupported:
        return "not supported";
    case ErrorCode::UnsafeFile:
        return "refused, because this format can run code";
    case ErrorCode::OutOfMemory:
        return "not enough memory";
    case ErrorCode::ContextExceeded:
        return "the prompt is longer than the context";
    case ErrorCode::CacheExceeded:
        return "the request can never fit into the KV cache";
    case ErrorCode::QueueFull:
        return "the engine's queue is full";
    case ErrorCode::Cancelled:
        return "cancelled";
    case ErrorCode::ShuttingDown:
        return "the engine is shutting down";
    case ErrorCode::NonFiniteLogits:
        return "the model produced values that are not numbers";
    case ErrorCode::TemplateFailed:
        return "the chat template failed";
    case ErrorCode::DeviceLost:
        return "the device failed and cannot be used any more";
    case ErrorCode::DeviceUnavailable:
        return "no usable device";
    case ErrorCode::Internal:
        return "internal error";
    case ErrorCode::DriverMissing:
        return "no NVIDIA driver is installed: Hearth needs driver 580 or newer to compute on an "
               "NVIDIA GPU";
    case ErrorCode::DriverTooOld:
        return "the NVIDIA driver is too old";
    case ErrorCode::GpuMissing:
        return "the NVIDIA driver shows no GPU: look at nvidia-smi and CUDA_VISIBLE_DEVICES";
    case ErrorCode::GpuTooOld:
        return "Hearth has no code for this GPU";
    case ErrorCode::CublasMissing:
        return "cuBLAS 13 cannot be loaded: install libcublas of CUDA 13";
    case ErrorCode::BackendMissing:
        return "this installation of Hearth lacks its CUDA backend: build it where nvcc 13 is";
    case ErrorCode::BackendMismatch:
        return "the CUDA backend is of another build of Hearth: build both again";
    case ErrorCode::NoNetwork:
        return "cannot be reached over the network";
    case ErrorCode::TlsFailed:
        return "the connection cannot be trusted";
    case ErrorCode::HttpRefused:
        return "the server refused the download";
    case ErrorCode::WrongContent:
        return "the server sent something else";
    case ErrorCode::WrongChecksum:
        return "the download does not have the hub's checksum and was thrown away";
    case ErrorCode::NoSpace:
        return "not enough space on the disk";
    case ErrorCode::ToolMissing:
        return "a program that this takes is missing";
    }
    return "error";
}

std::string_view unit(ErrorCode code) {
    switch (code) {
    case ErrorCode::ContextExceeded:
        return "tokens";
    case ErrorCode::CacheExceeded:
        return "blocks";
    case ErrorCode::QueueFull:
        return "requests";
    default:
        return "";
    }
}

/// 13000 → "13.0", as CUDA numbers its versions.
std::string cudaVersion(std::uint64_t version) {
    return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string driverSentence(const Error& error) {
    return fmt::format("the NVIDIA driver supports CUDA {}, Hearth needs {} or newer (driver 580): "
                       "update the driver",
                       cudaVersion(error.available.value_or(0)),
                       cudaVersion(error.needed.value_or(0)));
}

/// Where `needed` is known: what for, on which device, and the bytes for people.
std::string memorySentence(const Error& error) {
    const bool isDevice = error.field == "cpu" || error.field.starts_with("cuda:");
    std::string text =
        error.path.empty() ? "not enough memory" : error.path + ": not enough memory";
    if (isDevice)
        text += " on " + error.field;
    for (const std::string& purpose : {isDevice ? std::string() : error.field, error.detail})
        if (!purpose.empty())
            text += " for " + purpose;
    text += ": " + byteText(*error.needed) + " needed";
    if (error.available)
        text += ", " + byteText(*error.available) + " available";
    return text;
}

std::string downloadSentence(const Error& error) {
    std::string text = error.path.empty() ? error.field : error.path;
    text += text.empty() ? "" : ": ";
    text += sentence(error.code);
    if (error.code == ErrorCode::HttpRefused)
        text += fmt::format(": HTTP status {}", error.available.value_or(0));
    if (error.code == ErrorCode::NoSpace)
        text += ": " + byteText(error.needed.value_or(0)) + " needed, " +
                byteText(error.available.value_or(0)) + " free";
    return error.detail.empty() ? text : text + ": " + error.detail;
}

} // namespace

std::string Error::message() const {
    if (code == ErrorCode::DriverTooOld)
        return driverSentence(*this);
    if (code >= ErrorCode::NoNetwork && code <= ErrorCode::ToolMissing)
        return downloadSentence(*this);
    if (code == ErrorCode::OutOfMemory && needed)
        return memorySentence(*this);
    std::string text;
    if (!path.empty())
        text += path + ": ";
    text += sentence(code);
    if (!field.empty())
        text += ": " + field;
    if (!detail.empty())
        text += ": " + detail;
    if (code == ErrorCode::Unsupported && field == "architecture")
        text += " (\"hearth list --architectures\" prints those that are)";
    if (offset)
        text += fmt::format(" at byte {}", *offset);
    if (needed && available)
        text += fmt::format(" ({} {} needed, {} available)", *needed, unit(code), *available);
    else if (needed)
        text += fmt::format(" ({} {} needed)", *needed, unit(code));
    else if (available)
        text += fmt::format(" (limit {} {})", *available, unit(code));
    return text;
}

} // namespace hearth
