#include "options.h"

#include "script.h"

#include "view/pages/rail.h"

#include <CLI/CLI.hpp>

#include <QStandardPaths>
#include <QStringList>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace hearth::desktop {

namespace {

constexpr char kFooter[] =
    R"(Examples: hearth-desktop --model starter --theme dark
          hearth-desktop --script steps.json --screenshots pictures

One window a data folder: a second start asks the open one to come to the front,
hands it --model, --page and --new-chat, and ends.

A script is a JSON list of steps, each an object with one of:
  {"type": TEXT}         writes into what has the focus
  {"send": TEXT}         writes into the composer and sends
  {"keys": "Ctrl+F"}     presses keys
  {"action": NAME}       an action by its name, such as "find-in-chat" or "help"
  {"click": NAME}        a button by its accessible name or text
  {"page": NAME}         "chat", "models", "server" or "settings"
  {"section": NAME}      a section of the settings, such as "engine"
  {"theme": NAME}        "light", "dark" or "system"
  {"language": NAME}     "en" or "zh_CN"
  {"size": [W, H]}       of the window
  {"temperature": T}     of the open chat; 0 for the same words each time
  {"seed": N}            of the open chat
  {"wait": WHAT}         "model" (loaded), "reply" (ended), "text" (begun to stream),
                         "settled" (nothing left to draw), or milliseconds
  {"screenshot": NAME}   writes NAME.png
A step that can't be taken ends the program with status 1.)";

constexpr std::pair<const char*, ScriptedState> kStates[] = {
    {"empty", ScriptedState::Empty},       {"busy", ScriptedState::Busy},
    {"error", ScriptedState::Error},       {"demo", ScriptedState::Demo},
    {"lost", ScriptedState::Lost},         {"lost-again", ScriptedState::LostAgain},
    {"fallback", ScriptedState::Fallback}, {"refused", ScriptedState::Refused},
    {"welcome", ScriptedState::Welcome},   {"welcome-offline", ScriptedState::WelcomeOffline},
    {"welcome-download", ScriptedState::WelcomeDownload},
    {"welcome-found", ScriptedState::WelcomeFound}};

std::vector<std::string> stateNames() {
    std::vector<std::string> names;
    for (const auto& [name, state] : kStates)
        names.emplace_back(name);
    return names;
}

QStringList pageNames() {
    QStringList names;
    for (int page = 0; page < ui::kPageCount; ++page)
        names += ui::pageName(static_cast<ui::Page>(page));
    return names;
}

std::optional<QSize> parseSize(const std::string& text) {
    int width = 0;
    int height = 0;
    char rest = 0;
    if (std::sscanf(text.c_str(), "%5dx%5d%c", &width, &height, &rest) != 2 || width < 1 ||
        height < 1)
        return std::nullopt;
    return QSize(width, height);
}

std::optional<int> wrongUsage(const QString& sentence) {
    std::fprintf(stderr, "hearth-desktop: %s\n", qPrintable(sentence));
    return 2;
}

} // namespace

QString stateName(ScriptedState state) {
    for (const auto& [name, known] : kStates)
        if (known == state)
            return QString::fromLatin1(name);
    return {};
}

std::optional<int> parseOptions(int argc, char** argv, Options& options) {
    CLI::App app("Hearth: chat with language models on this computer.", "hearth-desktop");
    app.footer(kFooter);
    std::string model;
    std::string page;
    std::string state;
    std::string theme;
    std::string language;
    std::string size;
    std::string dataDirectory;
    std::string screenshot;
    app.add_option("model,--model", model, "Model to load: a name in the library or a path");
    app.add_option("--page", page, "Page to open");
    app.add_option("--state", state, "Show a scripted state, with no chats or engine of yours")
        ->check(CLI::IsMember(stateNames()));
    app.add_option("--theme", theme)->check(CLI::IsMember({"light", "dark", "system"}));
    app.add_option("--language", language)->check(CLI::IsMember({"en", "zh_CN"}));
    app.add_option("--scale", options.scale, "Factor by which everything is larger")
        ->check(CLI::Range(0.5, 4.0));
    app.add_option("--size", size, "Window size, WIDTHxHEIGHT");
    app.add_option("--data-dir", dataDirectory, "Folder of chats, settings and models");
    app.add_flag("--new-chat", options.newChat, "Begin a new chat");
    app.add_flag("--gallery", options.gallery, "Show every component in every state");
    app.add_option("--screenshot", screenshot, "Draw the page into a PNG once it is ready, quit");
    std::string script;
    std::string screenshots;
    app.add_option("--script", script, "Take the steps of a JSON file in the window, then quit")
        ->check(CLI::ExistingFile);
    app.add_option("--screenshots", screenshots, "Folder for the pictures that the script takes");
    std::string resume;
    std::string report;
    app.add_option("--resume", resume)->group("");
    app.add_option("--report", report)->group("");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }

    options.model = QString::fromStdString(model);
    options.page = QString::fromStdString(page);
    options.theme = QString::fromStdString(theme);
    options.language = QString::fromStdString(language);
    options.screenshot = QString::fromStdString(screenshot);
    options.script = QString::fromStdString(script);
    options.screenshots = QString::fromStdString(screenshots);
    options.report = QString::fromStdString(report);
    options.resume = ui::ResumePoint::fromText(QString::fromStdString(resume));
    options.dataDirectory = QString::fromStdString(dataDirectory);
    if (options.dataDirectory.isEmpty())
        options.dataDirectory =
            QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) +
            QStringLiteral("/hearth");
    if (!state.empty())
        for (const auto& [name, known] : kStates)
            if (state == name)
                options.state = known;
    if (!options.page.isEmpty() && !pageNames().contains(options.page))
        return wrongUsage(QStringLiteral("there is no page \"%1\"; there are: %2")
                              .arg(options.page, pageNames().join(QStringLiteral(", "))));
    if (!options.script.isEmpty()) {
        const Script read = Script::read(options.script);
        if (!read.problem.isEmpty())
            return wrongUsage(
                QStringLiteral("\"%1\" can't be run: %2").arg(options.script, read.problem));
    }
    if (options.screenshots.isEmpty())
        options.screenshots = QStringLiteral(".");
    if (!size.empty()) {
        const auto parsed = parseSize(size);
        if (!parsed)
            return wrongUsage(QStringLiteral("--size takes WIDTHxHEIGHT, such as 1180x780"));
        options.size = *parsed;
    }
    return std::nullopt;
}

} // namespace hearth::desktop
