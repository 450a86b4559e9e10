#include "hearth/result.h"

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
    }
    return "error";
}

std::string_view unit(ErrorCode code) {
    switch (code) {
    case ErrorCode::OutOfMemory:
        return "bytes";
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

} // namespace

std::string Error::message() const {
    std::string text;
    if (!path.empty())
        text += path + ": ";
    text += sentence(code);
    if (!field.empty())
        text += ": " + field;
    if (!detail.empty())
        text += ": " + detail;
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
