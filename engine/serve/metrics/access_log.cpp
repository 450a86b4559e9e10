#include "serve/metrics/access_log.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hearth::serve {

namespace {

constexpr std::size_t kQueued = 16384;
constexpr std::size_t kWriteBytes = 64U << 10;

std::string timeText(std::chrono::system_clock::time_point at) {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t(milliseconds / 1000)),
                       milliseconds % 1000);
}

void writeAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; // a full disk costs lines, not requests
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

std::string accessLogLine(const ServedRequest& entry) {
    using Json = nlohmann::ordered_json;
    Json line{{"time", timeText(entry.at)}, {"id", entry.id},         {"client", entry.client},
              {"key", entry.key},           {"method", entry.method}, {"path", entry.path},
              {"status", entry.status},     {"seconds", entry.seconds},
              {"bytes", entry.sentBytes},   {"agent", entry.agent}};
    if (!entry.model.empty()) {
        line["model"] = entry.model;
        line["prompt_tokens"] = entry.promptTokens;
        line["cached_tokens"] = entry.cachedTokens;
        line["completion_tokens"] = entry.completionTokens;
        line["ttft_seconds"] = entry.timeToFirstToken;
        line["tokens_per_second"] = entry.tokensPerSecond;
    }
    if (!entry.error.empty())
        line["error"] = entry.error;
    std::string text = line.dump(-1, ' ', true, Json::error_handler_t::replace);
    for (std::size_t at = 0; (at = text.find('\x7f', at)) != std::string::npos;)
        text.replace(at, 1, "\\u007f"); // which is ASCII, but not for terminals
    return text + "\n";
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file < 0) {
        Error error;
        error.code = ErrorCode::Io;
        error.path = path;
        error.detail = std::generic_category().message(errno);
        return fail(std::move(error));
    }
    return std::unique_ptr<AccessLog>(new AccessLog(file));
}

AccessLog::AccessLog(int file)
    : m_file(file)
    , m_queue(kQueued)
    , m_thread([this] { run(); }) {}

AccessLog::~AccessLog() {
    m_queue.close();
    m_thread.join();
    ::close(m_file);
}

void AccessLog::write(const ServedRequest& entry) {
    ServedRequest copy = entry;
    copy.body.clear();
    if (!m_queue.tryPush(std::move(copy)))
        ++m_dropped;
}

void AccessLog::run() {
    while (const std::optional<ServedRequest> first = m_queue.waitPop()) {
        std::string lines = accessLogLine(*first);
        while (lines.size() < kWriteBytes) {
            const std::optional<ServedRequest> next = m_queue.tryPop();
            if (!next)
                break;
            lines += accessLogLine(*next);
        }
        writeAll(m_file, lines);
    }
}

} // namespace hearth::serve
