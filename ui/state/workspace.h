#pragma once

#include "bridge/engine_bridge.h"
#include "bridge/token_counter.h"
#include "state/chat_controller.h"
#include "state/chat_store.h"
#include "state/device_recovery.h"
#include "state/model_advice.h"
#include "state/model_catalogue.h"
#include "state/model_downloads.h"
#include "state/model_session.h"
#include "state/server_controller.h"
#include "state/settings.h"

#include <QObject>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace hearth::ui {

/// Where the window's engine and library come from; both factories run beside the window.
struct WorkspaceOptions {
    QString dataDirectory;
    std::function<Result<std::unique_ptr<Host>>(const HostOptions&)> makeHost;
    LibraryFactory makeLibrary;
    AdviceFactory makeAdvice;      ///< Null: nothing is known of the machine.
    DownloadFactory makeDownloads; ///< Null: nothing can be downloaded.
    ServerFactory makeServer;      ///< Null: no server.
    LoadOptions load;
    QString model; ///< Loaded at the start; empty: the last one, else the starter.
    std::optional<qint64> restartedMs; ///< When the process before restarted for a lost device.
    int restartSeconds = DeviceRecovery::kCountdownSeconds;
};

/// Everything that a window works on, without the window. Destroying it ends the server, stores what
/// streams, stops and joins the engine, then the bridge and the store.
class Workspace : public QObject {
    Q_OBJECT

public:
    explicit Workspace(const WorkspaceOptions& options, QObject* parent = nullptr);

    Settings& settings() { return m_settings; }
    ChatStore& store() { return m_store; }
    EngineBridge& bridge() { return m_bridge; }
    ModelCatalogue& catalogue() { return m_catalogue; }
    ModelSession& model() { return m_model; }
    ModelAdvice& advice() { return m_advice; }
    ModelDownloads& downloads() { return m_downloads; }
    TokenCounter& counter() { return m_counter; }
    ChatController& chats() { return m_chats; }
    ServerController& server() { return m_server; }
    DeviceRecovery& recovery() { return m_recovery; }

    /// Why the model could not be loaded with the context or the cache type that were chosen last;
    /// the settings are back at what worked. Empty: they were not refused, or it was seen.
    [[nodiscard]] const std::optional<Error>& refusedLoad() const { return m_refusedLoad; }
    void forgetRefused();

signals:
    void loadSettingsRefused();

private:
    /// What of the settings a load takes besides the device.
    struct LoadValues {
        int contextTokens = 0;
        QString kvType;

        bool operator==(const LoadValues&) const = default;
    };

    void onSettingsChanged();
    void onModelChanged();
    void applyLoadOptions();
    [[nodiscard]] LoadValues loadValues() const;
    void takeBackLoadValues();

    Settings m_settings;
    std::shared_ptr<std::atomic<int>> m_threads;
    LoadOptions m_load;
    QString m_device; ///< As in the settings when it was last applied.
    LoadValues m_loadValues;     ///< Likewise.
    LoadValues m_goodLoadValues; ///< Those of the last load that succeeded.
    std::optional<Error> m_refusedLoad;
    ChatStore m_store;
    EngineBridge m_bridge;
    ModelCatalogue m_catalogue;
    ModelSession m_model;
    ModelAdvice m_advice;
    ModelDownloads m_downloads;
    TokenCounter m_counter;
    ChatController m_chats;
    DeviceRecovery m_recovery;
    ServerController m_server; ///< Last: it shares the host, and ends first.
};

} // namespace hearth::ui
