#include "demo_state.h"
#include "display_probe.h"
#include "engine_sources.h"
#include "options.h"
#include "restart.h"
#include "screenshot.h"
#include "server_source.h"
#include "script_player.h"
#include "single_instance.h"
#include "start_clock.h"
#include "termination.h"
#include "window_report.h"

#include "view/components/gallery.h"
#include "view/pages/composer.h"
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

std::optional<ui::Page> pageOf(const QString& name) {
    for (int page = 0; page < ui::kPageCount; ++page)
        if (ui::pageName(static_cast<ui::Page>(page)) == name)
            return static_cast<ui::Page>(page);
    return std::nullopt;
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

/// Kept as the last model, so it must be found from any folder.
QString absoluteModel(const QString& model) {
    return QFileInfo::exists(model) ? QFileInfo(model).absoluteFilePath() : model;
}

/// The exit status of a start that finds the data folder in use.
int handOver(const SingleInstance& instance, const Options& options) {
    if (options.isForPictures()) {
        std::fprintf(stderr, "hearth-desktop: another window has this data folder open\n");
        return 1;
    }
    const QByteArray token = qgetenv("XDG_ACTIVATION_TOKEN");
    const InstanceRequest request{absoluteModel(options.model), options.page, options.newChat,
                                  token.isEmpty() ? qgetenv("DESKTOP_STARTUP_ID") : token};
    if (instance.handOver(request))
        return 0;
    std::fprintf(stderr, "hearth-desktop: Hearth has this data folder open already, "
                         "but does not answer\n");
    return 1;
}

void answer(const InstanceRequest& request, ui::Workspace& workspace, ui::MainWindow& window) {
    window.bringToFront(request.activationToken);
    if (const auto page = pageOf(request.page))
        window.showPage(*page);
    if (request.newChat)
        window.newChat();
    if (!request.model.isEmpty())
        workspace.model().choose(request.model);
}

/// What the desktop and the system ask of the window.
void connectSession(QApplication& application, ui::MainWindow& window, Termination& termination) {
    QObject::connect(
        &application, &QGuiApplication::commitDataRequest, &window,
        [&window] { window.endSession(); }, Qt::DirectConnection);
    QObject::connect(&termination, &Termination::requested, &window, [&window] {
        window.endSession();
        QCoreApplication::quit();
    });
}

void applyOptions(const Options& options, ui::MainWindow& window) {
    if (!options.size.isEmpty())
        window.resize(options.size);
    if (const auto page = pageOf(options.page))
        window.showPage(*page);
    if (options.newChat)
        window.newChat();
    if (options.resume)
        window.resumeAt(*options.resume);
}

int runWindow(QApplication& application, Options options) {
    if (options.resume)
        waitForEnd(options.resume->process);
    const auto demo = makeDemo(options);
    if (demo)
        options.dataDirectory = demo->directory();
    // A scripted state has a folder of its own.
    const auto instance = demo ? nullptr : std::make_unique<SingleInstance>(options.dataDirectory);
    if (instance && instance->role() == SingleInstance::Role::Second)
        return handOver(*instance, options);
    ui::WorkspaceOptions sources = demo ? demo->options() : engineSources(options.dataDirectory);
    if (!demo)
        sources.makeServer = engineServer();
    if (!options.model.isEmpty())
        sources.model = absoluteModel(options.model);
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
    applyOptions(options, window);
    window.setRestart([&](const ui::RestartPlan& plan) {
        if (!startAgain(restartArguments(options, plan)))
            return false;
        if (demo)
            demo->handOn();
        return true;
    });
    if (instance)
        QObject::connect(
            instance.get(), &SingleInstance::requested, &window,
            [&](const InstanceRequest& request) { answer(request, workspace, window); });
    Termination termination;
    connectSession(application, window, termination);
    const StartClock clock(window, *window.findChild<ui::Composer*>());
    window.show();

    const auto isReady = [&] {
        const bool isLoading = workspace.model().state() == ui::ModelSession::State::Loading;
        return window.isSettled() && (demo ? demo->isReached(workspace) : !isLoading);
    };
    std::unique_ptr<Screenshot> screenshot;
    if (!options.screenshot.isEmpty())
        screenshot = std::make_unique<Screenshot>(window, options.screenshot, isReady);
    // Of a device that is lost, only the process that goes on has something to tell.
    QTimer reportSoon;
    QObject::connect(&reportSoon, &QTimer::timeout, &window, [&] {
        if (!isReady() || !clock.usable())
            return;
        reportSoon.stop();
        writeReport(options.report, windowReport(workspace, window, clock));
    });
    const bool isReported =
        !options.report.isEmpty() && (options.resume || !demo || !demo->losesDevice());
    std::unique_ptr<ScriptPlayer> player;
    if (!options.script.isEmpty()) {
        player = std::make_unique<ScriptPlayer>(workspace, window, Script::read(options.script),
                                                options.screenshots);
        QObject::connect(player.get(), &ScriptPlayer::finished, &window, [&](int status) {
            if (status == 0 && isReported)
                reportSoon.start(kReportLookMilliseconds);
            else
                QCoreApplication::exit(status);
        });
    } else if (isReported) {
        reportSoon.start(kReportLookMilliseconds);
    }
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
    return options.gallery ? runGallery(options) : runWindow(application, options);
}
