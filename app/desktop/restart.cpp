#include "restart.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <unistd.h>

namespace hearth::desktop {

namespace {

constexpr std::chrono::seconds kLongestEnd(15);
constexpr int kLongestWaitMilliseconds = 30'000;
constexpr std::chrono::milliseconds kLook(20);

QString themeName(ui::ThemeChoice theme) {
    switch (theme) {
    case ui::ThemeChoice::Light:
        return QStringLiteral("light");
    case ui::ThemeChoice::Dark:
        return QStringLiteral("dark");
    case ui::ThemeChoice::System:
        break;
    }
    return QStringLiteral("system");
}

/// A process that nobody has waited for yet has ended all the same: it has no program any more.
bool isRunning(qint64 process) {
    char target = 0;
    return readlink(("/proc/" + std::to_string(process) + "/exe").c_str(), &target, 1) >= 0;
}

} // namespace

QStringList restartArguments(const Options& options, const ui::RestartPlan& plan) {
    // The size is part of the geometry that the settings keep.
    QStringList arguments{QStringLiteral("--data-dir"), QDir(options.dataDirectory).absolutePath(),
                          QStringLiteral("--page"), ui::pageName(plan.page)};
    const auto add = [&](const char* name, const QString& value) {
        if (!value.isEmpty())
            arguments << QLatin1String(name) << value;
    };
    add("--model", plan.model);
    if (plan.overrides.theme)
        add("--theme", themeName(*plan.overrides.theme));
    add("--language", plan.overrides.language);
    if (options.scale > 0)
        add("--scale", QString::number(options.scale));
    if (options.state)
        add("--state", stateName(*options.state));
    add("--report", options.report);
    add("--resume", plan.point.toText());
    return arguments;
}

bool startAgain(const QStringList& arguments) {
    if (!QProcess::startDetached(QCoreApplication::applicationFilePath(), arguments))
        return false;
    std::thread([] {
        std::this_thread::sleep_for(kLongestEnd);
        std::_Exit(EXIT_SUCCESS);
    }).detach();
    QCoreApplication::quit();
    return true;
}

void waitForEnd(qint64 process) {
    QElapsedTimer waited;
    waited.start();
    while (isRunning(process) && waited.elapsed() < kLongestWaitMilliseconds)
        std::this_thread::sleep_for(kLook);
}

} // namespace hearth::desktop
