#include "state/device_recovery.h"

#include "bridge/engine_bridge.h"
#include "state/chat_controller.h"
#include "state/chat_store.h"

namespace hearth::ui {

namespace {

/// A device that is lost while nothing runs on it is told by the statistics alone.
constexpr int kLookMilliseconds = 2000;

} // namespace

DeviceRecovery::DeviceRecovery(EngineBridge& bridge, ModelSession& model, ChatController& chats,
                               ChatStore& store, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_model(model)
    , m_chats(chats)
    , m_store(store) {
    // Queued, as the chats hear of the same failure and must have taken it before they are saved.
    connect(
        &bridge, &EngineBridge::failed, this,
        [this](quint64, const Error& error) {
            if (error.code == ErrorCode::DeviceLost)
                onLost();
        },
        Qt::QueuedConnection);
    connect(&model, &ModelSession::changed, this, &DeviceRecovery::onModelChanged,
            Qt::QueuedConnection);
    connect(&store, &ChatStore::synced, this, &DeviceRecovery::onSynced);
    connect(&store, &ChatStore::allSaved, this, [this] {
        if (m_state == State::Saving)
            m_store.sync();
    });
    connect(&m_look, &QTimer::timeout, this, &DeviceRecovery::look);
    m_look.start(kLookMilliseconds);
    m_second.setInterval(1000);
    connect(&m_second, &QTimer::timeout, this, &DeviceRecovery::tick);
}

void DeviceRecovery::enter(State state) {
    m_state = state;
    if (state != State::Counting)
        m_second.stop();
    emit changed();
}

void DeviceRecovery::look() {
    const auto& engine = m_bridge.engine();
    if (m_state == State::None && engine && engine->statistics().deviceLost)
        onLost();
}

void DeviceRecovery::onLost() {
    if (m_state != State::None)
        return;
    enter(State::Saving);
    m_model.loseDevice();
    save();
}

void DeviceRecovery::onModelChanged() {
    const bool hasLost = m_model.state() == ModelSession::State::Failed &&
                         m_model.error().code == ErrorCode::DeviceLost;
    if (hasLost)
        onLost();
    // The person has helped themselves, by another device in the settings.
    else if (m_model.state() == ModelSession::State::Ready && m_state != State::Restarting &&
             m_state != State::None)
        enter(State::None);
}

void DeviceRecovery::save() {
    emit savingEverything();
    m_chats.saveAll();
    m_store.sync();
}

void DeviceRecovery::onSynced(bool everythingIsOnDisk) {
    if (m_state == State::Restarting) {
        if (everythingIsOnDisk)
            emit restartReady();
        else
            enter(State::Saving);
        return;
    }
    if (m_state != State::Saving || !everythingIsOnDisk)
        return;
    const bool isCircle = m_restartedMs && nowMilliseconds() - *m_restartedMs < kCircleMilliseconds;
    if (isCircle) {
        offerRestart(Offer::Again);
        return;
    }
    m_secondsLeft = m_countdown;
    m_second.start();
    enter(State::Counting);
}

void DeviceRecovery::tick() {
    if (--m_secondsLeft <= 0)
        restartNow();
    else
        emit changed();
}

void DeviceRecovery::offerRestart(Offer why) {
    m_offer = why;
    enter(State::Offered);
}

void DeviceRecovery::restartNow() {
    if (m_state != State::Counting && m_state != State::Offered)
        return;
    enter(State::Restarting);
    save();
}

void DeviceRecovery::postpone() {
    if (m_state == State::Counting)
        offerRestart(Offer::Postponed);
}

void DeviceRecovery::continueOnCpu() {
    if (m_state != State::Counting && m_state != State::Offered)
        return;
    enter(State::None);
    m_model.loadOnCpu();
}

void DeviceRecovery::restartFailed() {
    if (m_state == State::Restarting)
        offerRestart(Offer::StartFailed);
}

} // namespace hearth::ui
