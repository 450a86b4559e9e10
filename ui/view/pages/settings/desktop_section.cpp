#include "view/pages/settings/desktop_section.h"

#include "state/settings.h"
#include "view/components/switch.h"
#include "view/pages/settings/change.h"

#include <QSystemTrayIcon>

namespace hearth::ui {

DesktopSection::DesktopSection(Settings& settings, QWidget* parent)
    : SettingsSection(QStringLiteral("desktop"), tr("Desktop"), parent) {
    auto* notifications = new Switch({}, this);
    notifications->setChecked(settings.values().notifications);
    addLine({"notifications", tr("Notifications"),
             tr("When a reply or a download is finished and the window is not in front. They name "
                "the chat, never what it says.")},
            notifications);
    connect(notifications, &QAbstractButton::toggled, this, [&settings](bool on) {
        change(settings, [on](auto& values) { values.notifications = on; });
    });

    const bool hasTray = QSystemTrayIcon::isSystemTrayAvailable();
    auto* tray = new Switch({}, this);
    tray->setChecked(hasTray && settings.values().closeToTray);
    tray->setEnabled(hasTray);
    addLine({"close_to_tray", tr("Close to the tray"),
             hasTray ? tr("Closing the window leaves Hearth running, with its model loaded.")
                     : tr("This desktop shows no tray.")},
            tray);
    connect(tray, &QAbstractButton::toggled, this, [&settings](bool on) {
        change(settings, [on](auto& values) { values.closeToTray = on; });
    });
}

} // namespace hearth::ui
