#pragma once

#include "bridge/job_thread.h"
#include "hearth/host.h"

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth::ui {

/// Makes the host; called on the loader's thread, again after resetHost().
using HostFactory = std::function<Result<std::unique_ptr<Host>>()>;

/// What a host can compute on.
struct HostDevices {
    std::vector<DeviceDescription> devices;
    std::optional<Error> gpuProblem; ///< Why no NVIDIA GPU is among them.
};

/// Loads and unloads models on a thread of its own. Every function is called on the window's
/// thread, where the signals come too. The engines that loaded() hands out may be released on any
/// thread: the last release moves their destruction, which joins threads, to the loader's.
///
/// Invariant: at most one load is wanted at a time; load() and cancel() stop the one before, whose
/// result is then never announced.
class ModelLoader : public QObject {
    Q_OBJECT

public:
    explicit ModelLoader(HostFactory factory, QObject* parent = nullptr);
    /// Stops a load, frees every model that nobody holds, and joins.
    ~ModelLoader() override;

    void load(const QString& path, const QString& name, const LoadOptions& options);
    void cancel();
    void unload(const QString& name);
    /// Unloads everything; the next load makes a new host.
    void resetHost();
    /// Answered by devicesFound(), which every new host tells of its own accord too.
    void findDevices();
    /// Answered by hostReady() or hostFailed().
    void findHost();
    /// Called on the loader's thread before each load, with the name of the model: what else holds
    /// models in the host makes room.
    void setBeforeLoad(std::function<void(const std::string&)> giveWay);
    [[nodiscard]] bool isLoading() const { return m_loading; }

signals:
    void devicesFound(const hearth::ui::HostDevices& devices);
    /// Of every new host, and when it is asked for. Who keeps it lets it go after resetHost().
    void hostReady(const std::shared_ptr<hearth::Host>& host);
    void hostFailed(const hearth::Error& error);
    void progressed(const QString& name, const hearth::LoadProgress& progress);
    void loaded(const QString& name, const std::shared_ptr<hearth::Engine>& engine);
    void failed(const QString& name, const hearth::Error& error);

private:
    class ProgressBox;

    void supersede();
    void runLoad(const QString& path, const QString& name, const LoadOptions& options,
                 quint64 generation, const std::stop_token& stop);
    Result<std::shared_ptr<Engine>> loadOnThread(const QString& path, const QString& name,
                                                 const LoadOptions& options,
                                                 const LoadObserver& observer,
                                                 const std::stop_token& stop);
    /// On m_thread: the host, made now if there is none.
    Result<void> needHost();
    void tellDevices();
    void tellHost();
    void unloadStale(const QString& name, const Engine* engine);
    std::shared_ptr<Engine> releasedHere(std::shared_ptr<Engine> engine);

    HostFactory m_factory;
    std::shared_ptr<Host> m_host; ///< Only on m_thread, as the next.
    std::function<void(const std::string&)> m_beforeLoad;
    std::stop_source m_stop;
    quint64 m_generation = 0;
    quint64 m_resets = 0;     ///< Asked for; on the window's thread.
    quint64 m_resetsDone = 0; ///< On m_thread.
    bool m_loading = false;
    JobThread m_thread; ///< Last: joined before anything it uses goes.
};

} // namespace hearth::ui
