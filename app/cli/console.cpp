#include "cli/console.h"

#include "base/byte_text.h"
#include "formats/json_file.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iostream>
#include <unistd.h>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

constexpr std::uint64_t kMaxJsonBytes = 256 << 20;
constexpr int kBarWidth = 30;

const char* phaseText(LoadPhase phase) {
    switch (phase) {
    case LoadPhase::Opening:
        return "opening";
    case LoadPhase::Tokenizer:
        return "reading the tokenizer";
    case LoadPhase::Weights:
        return "loading weights";
    case LoadPhase::Preparing:
        return "preparing";
    case LoadPhase::Ready:
        return "ready";
    }
    return "";
}

const char* phaseText(DownloadPhase phase) {
    switch (phase) {
    case DownloadPhase::Connecting:
        return "connecting";
    case DownloadPhase::Receiving:
        return "downloading";
    case DownloadPhase::Waiting:
        return "cut off, trying again soon";
    case DownloadPhase::Verifying:
        return "checking";
    }
    return "";
}

} // namespace

LoadBar::LoadBar() : m_enabled(isatty(STDERR_FILENO) != 0) {}

LoadBar::~LoadBar() {
    if (m_enabled && m_lastPercent >= 0)
        std::fputs("\r\x1b[K", stderr);
}

void LoadBar::show(const LoadProgress& progress) {
    if (!m_enabled)
        return;
    const int percent =
        progress.totalBytes > 0 ? int(100 * progress.doneBytes / progress.totalBytes) : 0;
    if (percent == m_lastPercent && progress.phase == LoadPhase::Weights)
        return;
    m_lastPercent = percent;
    const int filled = kBarWidth * percent / 100;
    fmt::print(stderr, "\r\x1b[K[{}{}] {:3}%  {}", std::string(std::size_t(filled), '#'),
               std::string(std::size_t(kBarWidth - filled), '.'), percent,
               phaseText(progress.phase));
    std::fflush(stderr);
}

DownloadBar::DownloadBar() : m_enabled(isatty(STDERR_FILENO) != 0) {}

DownloadBar::~DownloadBar() {
    if (m_enabled && !m_last.empty())
        std::fputs("\r\x1b[K", stderr);
}

void DownloadBar::show(const DownloadProgress& progress) {
    if (!m_enabled)
        return;
    const int percent = progress.totalBytes > 0
                            ? int(std::min<std::uint64_t>(
                                  100, 100 * progress.doneBytes / progress.totalBytes))
                            : 0;
    const int filled = kBarWidth * percent / 100;
    std::string line = fmt::format("[{}{}] {:3}%  {}", std::string(std::size_t(filled), '#'),
                                   std::string(std::size_t(kBarWidth - filled), '.'), percent,
                                   phaseText(progress.phase));
    if (progress.phase == DownloadPhase::Receiving && progress.bytesPerSecond > 0)
        line +=
            fmt::format(", {}/s, {:.0f} s left", byteText(std::uint64_t(progress.bytesPerSecond)),
                        std::max(progress.secondsLeft, 0.0));
    if (line == m_last)
        return;
    m_last = line;
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
}

void printJson(const nlohmann::json& document) {
    // Tokens may be parts of characters: what is not UTF-8 is replaced, never thrown on.
    printText(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void printText(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
        std::fflush(stdout) != 0)
        throw CommandFailed("standard output cannot be written");
}

void printMessage(std::string_view text) {
    fmt::print(stderr, "{}\n", text);
}

std::optional<std::string> readLine(std::string_view prompt) {
    const bool isTerminal = isatty(STDIN_FILENO) != 0;
    if (isTerminal)
        printText(prompt);
    std::string line;
    if (std::getline(std::cin, line))
        return line;
    if (isTerminal)
        printText("\n");
    return std::nullopt;
}

std::optional<std::string> readUntilBlankLine() {
    if (isatty(STDIN_FILENO) != 0)
        printText("\ndouble enter to end input >>> ");
    std::string text;
    while (std::optional<std::string> line = readLine("")) {
        if (line->empty() && !text.empty())
            return text;
        if (!text.empty() && !line->empty())
            text += '\n';
        text += *line;
    }
    return text.empty() ? std::nullopt : std::optional(text);
}

nlohmann::json readJsonFile(const std::string& path) {
    return orFail(readJson(path, kMaxJsonBytes));
}

std::string asSentence(const Error& error, std::string_view more) {
    std::string text = error.message();
    if (error.path.empty() && !text.empty())
        text.front() = char(std::toupper(static_cast<unsigned char>(text.front())));
    return text.append(more) + ".";
}

} // namespace hearth::cli
