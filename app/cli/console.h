#pragma once

#include "cli/commands.h"
#include "hearth/download.h"
#include "hearth/host.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hearth::cli {

/// Ends a command; main() prints the sentence and exits with the status.
class CommandFailed : public std::runtime_error {
public:
    explicit CommandFailed(const std::string& sentence, ExitStatus status = ExitStatus::Failed)
        : std::runtime_error(sentence), m_status(status) {}
    explicit CommandFailed(const Error& error) : CommandFailed(error.message()) {}

    [[nodiscard]] ExitStatus status() const { return m_status; }

private:
    ExitStatus m_status;
};

/// The value, or CommandFailed.
template<typename T>
T orFail(Result<T> result) {
    if (!result)
        throw CommandFailed(result.error());
    return *std::move(result);
}
inline void orFail(const Result<void>& result) {
    if (!result)
        throw CommandFailed(result.error());
}

/// One line on stderr that shows how far a model is loaded; nothing unless stderr is a terminal.
class LoadBar {
public:
    LoadBar();
    ~LoadBar();
    LoadBar(const LoadBar&) = delete;
    LoadBar& operator=(const LoadBar&) = delete;

    void show(const LoadProgress& progress);

private:
    bool m_enabled;
    int m_lastPercent = -1;
};

/// One line on stderr that shows how far a download is; nothing unless stderr is a terminal.
class DownloadBar {
public:
    DownloadBar();
    ~DownloadBar();
    DownloadBar(const DownloadBar&) = delete;
    DownloadBar& operator=(const DownloadBar&) = delete;

    void show(const DownloadProgress& progress);

private:
    bool m_enabled;
    std::string m_last;
};

/// Prints a JSON document and a newline on stdout.
void printJson(const nlohmann::json& document);
/// Writes text as it is on stdout, at once.
void printText(std::string_view text);
/// Writes a sentence and a newline on stderr.
void printMessage(std::string_view text);
/// A line of stdin; nothing at its end. A terminal is shown `prompt`.
std::optional<std::string> readLine(std::string_view prompt);
/// Lines of stdin up to an empty one, as LMDeploy's chats read them; nothing at its end.
std::optional<std::string> readUntilBlankLine();
/// Reads a JSON file of at most 256 MiB.
nlohmann::json readJsonFile(const std::string& path);

/// The error's message and what follows it: begins with a capital letter, or a path as it is, and
/// ends with a full stop.
[[nodiscard]] std::string asSentence(const Error& error, std::string_view more);

} // namespace hearth::cli
