#pragma once

#include "state/model_session.h"

#include <QObject>
#include <QTimer>

#include <optional>

namespace hearth::ui {

class ChatController;
class ChatStore;
class EngineBridge;

/// Notices that the device was lost (a sticky error, the driver gone, a resume that failed), after
/// which nothing in this process can use it: puts everything on disk, then asks the window to start
/// the program anew, after a countdown. Soon after such a restart it only offers that, so that the
/// program never restarts in a circle. Window's thread.
class DeviceRecovery : public QObject {
    Q_OBJECT

public:
    static constexpr int kCountdownSeconds = 10;
    static constexpr qint64 kCircleMilliseconds = 120'000;

    enum class State {
        None,       ///< The device works, or nothing was tried on it.
        Saving,     ///< Until chats and drafts are on disk.
        Counting,   ///< secondsLeft() to the restart.
        Offered,    ///< The person decides; offer() says why.
        Restarting, ///< Saved once more, then restartReady().
    };
    enum class Offer {
        Postponed,   ///< The person stopped the countdown.
        Again,       ///< It was lost again soon after a restart.
        StartFailed, ///< The new process did not start.
    };

    DeviceRecovery(EngineBridge& bridge, ModelSession& model, ChatController& chats,
                   ChatStore& store, QObject* parent = nullptr);

    /// When this process was started by the one before for a lost device.
    void setRestartedAt(qint64 milliseconds) { m_restartedMs = milliseconds; }
    void setCountdown(int seconds) { m_countdown = seconds; }

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] Offer offer() const { return m_offer; }
    [[nodiscard]] int secondsLeft() const { return m_secondsLeft; }

    void restartNow();
    void postpone();
    /// Loads the model again on the CPU, for this run.
    void continueOnCpu();
    /// The answer to restartReady() if no process could be started.
    void restartFailed();

signals:
    void changed();
    /// What the window alone knows has to be put into the chats and the settings now.
    void savingEverything();
    /// Everything is on disk: start the next process and end this one.
    void restartReady();

private:
    void enter(State state);
    void offerRestart(Offer why);
    void onLost();
    void onModelChanged();
    void onSynced(bool everythingIsOnDisk);
    void save();
    void look();
    void tick();

    EngineBridge& m_bridge;
    ModelSession& m_model;
    ChatController& m_chats;
    ChatStore& m_store;
    std::optional<qint64> m_restartedMs;
    int m_countdown = kCountdownSeconds;
    State m_state = State::None;
    Offer m_offer = Offer::Postponed;
    int m_secondsLeft = 0;
    QTimer m_look;
    QTimer m_second;
};

} // namespace hearth::ui
