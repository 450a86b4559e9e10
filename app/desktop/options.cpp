#include "options.h"

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

constexpr std::pair<const char*, ScriptedState> kStates[] = {
    {"empty", ScriptedState::Empty},       {"busy", ScriptedState::Busy},
    {"error", ScriptedState::Error},       {"demo", ScriptedState::Demo},
    {"lost", ScriptedState::Lost},         {"lost-again", ScriptedState::LostAgain},
    {"fallback", ScriptedState::Fallback}, {"refused", ScriptedState::Refused}};

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
    app.footer("Example: hearth-desktop --model starter --theme dark");
    std::string model;
    std::string page = "chat";
    std::string state;
    std::string theme;
    std::string language;
    std::string size;
    std::string dataDirectory;
    std::string screenshot;
    app.add_option("--model", model, "Model to load: a name in the library or a path");
    app.add_option("--page", page, "Page to open");
    app.add_option("--state", state, "Show a scripted state, with no chats or engine of yours")
        ->check(CLI::IsMember(stateNames()));
    app.add_option("--theme", theme)->check(CLI::IsMember({"light", "dark", "system"}));
    app.add_option("--language", language)->check(CLI::IsMember({"en", "zh_CN"}));
    app.add_option("--scale", options.scale, "Factor by which everything is larger")
        ->check(CLI::Range(0.5, 4.0));
    app.add_option("--size", size, "Window size, WIDTHxHEIGHT");
    app.add_option("--data-dir", dataDirectory, "Folder of chats, settings and models");
    app.add_flag("--gallery", options.gallery, "Show every component in every state");
    app.add_option("--screenshot", screenshot, "Draw the page into a PNG once it is ready, quit");
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
    if (!pageNames().contains(options.page))
        return wrongUsage(QStringLiteral("there is no page \"%1\"; there are: %2")
                              .arg(options.page, pageNames().join(QStringLiteral(", "))));
    if (!size.empty()) {
        const auto parsed = parseSize(size);
        if (!parsed)
            return wrongUsage(QStringLiteral("--size takes WIDTHxHEIGHT, such as 1180x780"));
        options.size = *parsed;
    }
    return std::nullopt;
}

} // namespace hearth::desktop
