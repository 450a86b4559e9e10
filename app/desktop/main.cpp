#include "demo_state.h"
#include "display_probe.h"
#include "engine_sources.h"
#include "options.h"
#include "restart.h"
#include "screenshot.h"
#include "window_report.h"

#include "view/components/gallery.h"
#include "view/pages/main_window.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QFileInfo>
#include <QSaveFile>
#include <QTimer>

#include <cstdio>
#include <memory>

namespace {

using namespace hearth;
using namespace hearth::desktop;

constexpr int kExitNoDisplay = 3;
constexpr int kReportLookMilliseconds = 100;

std::optional<ui::ThemeChoice> themeChoice(const QString& name) {
    if (name == QLatin1String("light"))
        return ui::ThemeChoice::Light;
    if (name == QLatin1String("dark"))
        return ui::ThemeChoice::Dark;
    if (name == QLatin1String("system"))
        return ui::ThemeChoice::System;
    return std::nullopt;
}

ui::Page pageOf(const QString& name) {
    int page = 0;
    while (ui::pageName(static_cast<ui::Page>(page)) != name)
        ++page;
    return static_cast<ui::Page>(page);
}

int runGallery(const Options& options) {
    ui::Translation translation;
    translation.use(options.language);
    if (options.theme == QLatin1String("light"))
        ui::Theme::current().setMode(ui::ThemeMode::Light);
    else if (options.theme == QLatin1String("dark"))
        ui::Theme::current().setMode(ui::ThemeMode::Dark);
    ui::Gallery gallery;
    gallery.setWindowTitle(QStringLiteral("Hearth"));
    std::unique_ptr<Screenshot> screenshot;
    if (!options.screenshot.isEmpty()) {
        gallery.resize(gallery.contentSize());
        screenshot = std::make_unique<Screenshot>(gallery, options.screenshot, [] { return true; });
    } else if (!options.size.isEmpty()) {
        gallery.resize(options.size);
    }
    gallery.show();
    return QApplication::exec();
}

std::unique_ptr<DemoState> makeDemo(const Options& options) {
    if (!options.state)
        return nullptr;
    if (options.resume)
        return std::make_unique<DemoState>(*options.state, options.dataDirectory);
    return std::make_unique<DemoState>(*options.state);
}

void writeReport(const QString& name, const QByteArray& report) {
    QSaveFile file(name);
    const bool isWritten =
        file.open(QIODevice::WriteOnly) && file.write(report) >= 0 && file.commit();
    QCoreApplication::exit(isWritten ? 0 : 1);
}

int runWindow(Options options) {
    if (options.resume)
        waitForEnd(options.resume->process);
    const auto demo = makeDemo(options);
    if (demo)
        options.dataDirectory = demo->directory();
    ui::WorkspaceOptions sources = demo ? demo->options() : engineSources(options.dataDirectory);
    // Kept as the last model, so it must be found from any folder.
    if (QFileInfo::exists(options.model))
        sources.model = QFileInfo(options.model).absoluteFilePath();
    else if (!options.model.isEmpty())
        sources.model = options.model;
    if (options.resume)
        sources.restartedMs = options.resume->restartedMs;
    if (!options.report.isEmpty())
        sources.restartSeconds = 1;
    ui::Workspace workspace(sources);
    ui::WindowOverrides overrides;
    overrides.language = options.language;
    overrides.theme = themeChoice(options.theme);
    ui::MainWindow window(workspace, overrides);
    if (demo)
        QObject::connect(&workspace.chats(), &ui::ChatController::listLoaded, &window,
                         [&] { demo->begin(workspace); });
    if (!options.size.isEmpty())
        window.resize(options.size);
    window.showPage(pageOf(options.page));
    window.setRestart([&](const ui::RestartPlan& plan) {
        if (!startAgain(restartArguments(options, plan)))
            return false;
        if (demo)
            demo->handOn();
        return true;
    });
    if (options.resume)
        window.resumeAt(*options.resume);
    window.show();

    const auto isReady = [&] {
        const bool isLoading = workspace.model().state() == ui::ModelSession::State::Loading;
        return window.isSettled() && (demo ? demo->isReached(workspace) : !isLoading);
    };
    std::unique_ptr<Screenshot> screenshot;
    if (!options.screenshot.isEmpty())
        screenshot = std::make_unique<Screenshot>(window, options.screenshot, isReady);
    // Only the process that goes on has something to tell.
    QTimer reportSoon;
    QObject::connect(&reportSoon, &QTimer::timeout, &window, [&] {
        if (!isReady())
            return;
        reportSoon.stop();
        writeReport(options.report, windowReport(workspace, window));
    });
    if (!options.report.isEmpty() && options.resume)
        reportSoon.start(kReportLookMilliseconds);
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parseOptions(argc, argv, options))
        return *status;
    if (!prepareDisplay()) {
        std::fprintf(stderr, "hearth-desktop: no display answers (DISPLAY and WAYLAND_DISPLAY); "
                             "use \"hearth chat\" in a terminal\n");
        return kExitNoDisplay;
    }
    if (options.scale > 0)
        qputenv("QT_SCALE_FACTOR", QByteArray::number(options.scale));
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("hearth"));
    QApplication::setApplicationDisplayName(QStringLiteral("Hearth"));
    QApplication::setDesktopFileName(QStringLiteral("hearth"));
    ui::Theme::install(application);
    return options.gallery ? runGallery(options) : runWindow(options);
}
