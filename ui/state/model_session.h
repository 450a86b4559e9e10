#pragma once

#include "bridge/model_loader.h"
#include "hearth/model_library.h"

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hearth::ui {

class EngineBridge;
class ModelCatalogue;

/// The model that chats are answered by: found in the library, loaded beside the window, handed to
/// the bridge. One at a time: the one before is unloaded first, so that both never need memory
/// together, and loaded again if the new one can't be. Window's thread.
class ModelSession : public QObject {
    Q_OBJECT

public:
    enum class State {
        None,    ///< Nothing was chosen, or its loading was cancelled.
        Looking, ///< The library is asked for it.
        Missing, ///< The library doesn't have it.
        Loading, ///< progress() says how far.
        Ready,   ///< info() describes it.
        Failed,  ///< error() says why.
    };

    /// A choice that could not be loaded, after which the model before is in use again.
    struct Rejected {
        QString choice;
        QString name;
        Error error;
    };

    ModelSession(HostFactory factory, ModelCatalogue& catalogue, EngineBridge& bridge,
                 QObject* parent = nullptr);
    ~ModelSession() override;

    void setLoadOptions(const LoadOptions& options) { m_options = options; }
    [[nodiscard]] const LoadOptions& loadOptions() const { return m_options; }
    /// Answered by hostReady() or hostFailed(); the host is made if there is none.
    void findHost() { m_loader.findHost(); }
    /// As ModelLoader::setBeforeLoad().
    void setBeforeLoad(std::function<void(const std::string&)> giveWay) {
        m_loader.setBeforeLoad(std::move(giveWay));
    }
    /// By name in the library, or by path.
    void choose(const QString& nameOrPath);
    /// Once more what failed or was missing.
    void retry();
    void cancel();
    /// Makes the host anew (its options have changed) and loads the model again.
    void reload();
    /// reload() with the device of this run set to the CPU.
    void loadOnCpu();
    /// The device is gone: no request reaches the engine any more; Failed with DeviceLost.
    void loseDevice();
    void forgetRejected();
    /// Answered by devicesChanged().
    void findDevices() { m_loader.findDevices(); }

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QString& name() const { return m_name; } ///< Empty before a choice.
    [[nodiscard]] const QString& choice() const { return m_wanted; } ///< As choose() got it.
    [[nodiscard]] const LoadProgress& progress() const { return m_progress; }
    [[nodiscard]] const ModelInfo& info() const { return m_info; }
    [[nodiscard]] const Error& error() const { return m_error; }
    [[nodiscard]] const std::optional<Rejected>& rejected() const { return m_rejected; }
    /// Of the host; empty before it was made.
    [[nodiscard]] const HostDevices& devices() const { return m_devices; }

signals:
    void changed();
    void devicesChanged();
    void hostReady(const std::shared_ptr<hearth::Host>& host);
    void hostFailed(const hearth::Error& error);
    /// What shares the host must let it go; the next load makes another.
    void hostGone();

private:
    struct Used {
        QString choice;
        QString name;
    };

    void enter(State state);
    void begin(const QString& nameOrPath);
    void releaseEngine();
    void onResolved(const LibraryModel& model);
    void onNotResolved(const Error& error);
    void onLoaded(const std::shared_ptr<Engine>& engine);
    void onFailed(const Error& error);
    /// Back to the model that was in use, if there is one and the new one is another.
    [[nodiscard]] bool takeBack(const Error& error);
    void use(const std::shared_ptr<Engine>& engine);

    EngineBridge& m_bridge;
    ModelCatalogue& m_catalogue;
    LoadOptions m_options;
    QString m_wanted;
    QString m_name;
    QString m_loadedName; ///< In the host; empty: nothing.
    std::shared_ptr<Engine> m_loaded; ///< That of m_loadedName, until it is released.
    std::optional<Used> m_before;     ///< What a failed choice goes back to.
    std::optional<Rejected> m_rejected;
    HostDevices m_devices;
    State m_state = State::None;
    LoadProgress m_progress;
    ModelInfo m_info;
    Error m_error;
    ModelLoader m_loader;
};

} // namespace hearth::ui
