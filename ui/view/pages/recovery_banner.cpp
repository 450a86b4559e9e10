#include "view/pages/recovery_banner.h"

#include <QEvent>

namespace hearth::ui {

using State = DeviceRecovery::State;

RecoveryBanner::RecoveryBanner(DeviceRecovery& recovery, QWidget* parent)
    : Banner(Kind::Error, {}, {}, parent)
    , m_recovery(recovery) {
    connect(&recovery, &DeviceRecovery::changed, this, &RecoveryBanner::refresh);
    connect(this, &Banner::actionTriggered, this, &RecoveryBanner::act);
    connect(this, &Banner::alternativeTriggered, this, &RecoveryBanner::actOtherwise);
    refresh();
}

void RecoveryBanner::refresh() {
    const State state = m_recovery.state();
    setVisible(state != State::None);
    switch (state) {
    case State::None:
        break;
    case State::Saving:
        setContent(Kind::Error,
                   tr("The graphics card stopped answering. Your chats are being saved…"));
        setAlternative({});
        break;
    case State::Counting:
        setContent(Kind::Error,
                   tr("The graphics card stopped answering. Your chats are saved. Hearth restarts "
                      "itself in %n second(s).",
                      nullptr, m_recovery.secondsLeft()),
                   tr("Restart now"));
        setAlternative(tr("Not now"));
        break;
    case State::Offered:
        setContent(Kind::Error, offerText(m_recovery.offer()), tr("Restart"));
        setAlternative(tr("Continue on the CPU"));
        break;
    case State::Restarting:
        setContent(Kind::Error,
                   tr("The graphics card stopped answering. Your chats are saved. Hearth "
                      "restarts…"));
        setAlternative({});
        break;
    }
}

QString RecoveryBanner::offerText(DeviceRecovery::Offer offer) {
    switch (offer) {
    case DeviceRecovery::Offer::Again:
        return tr("The graphics card stopped answering again, soon after the restart. Your chats "
                  "are saved.");
    case DeviceRecovery::Offer::StartFailed:
        return tr("Hearth could not restart itself: close it and open it again. Your chats are "
                  "saved.");
    case DeviceRecovery::Offer::Postponed:
        break;
    }
    return tr("The graphics card stopped answering. Your chats are saved. Hearth can use it again "
              "after a restart.");
}

void RecoveryBanner::act() {
    m_recovery.restartNow();
}

void RecoveryBanner::actOtherwise() {
    if (m_recovery.state() == State::Counting)
        m_recovery.postpone();
    else
        m_recovery.continueOnCpu();
}

void RecoveryBanner::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        refresh();
    Banner::changeEvent(event);
}

} // namespace hearth::ui
