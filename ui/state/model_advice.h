#pragma once

#include "bridge/job_thread.h"
#include "bridge/model_loader.h"
#include "hearth/found_models.h"
#include "hearth/model_advice.h"

#include <QHash>
#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace hearth::ui {

class EngineBridge;
class ModelCatalogue;
class ModelSession;

/// Looks at the machine and at other programs' models; used on one thread only.
class AdviceSource {
public:
    virtual ~AdviceSource() = default;

    virtual MachineDescription describe(const HostDevices& devices) = 0;
    /// Bytes a second; 0: can't be measured.
    virtual double measureMemory(int threads) = 0;
    virtual std::vector<FoundModel> find(const std::stop_token& stop) = 0;
};
/// Called on the advice's thread.
using AdviceFactory = std::function<std::unique_ptr<AdviceSource>()>;

/// What this machine is, which model suits it, and the models of other programs. Looks when it is
/// asked to, on a thread of its own, and measures memory once. Window's thread.
class ModelAdvice : public QObject {
    Q_OBJECT

public:
    /// A model that need not be downloaded.
    struct OnDisk {
        LibraryModel model;
        bool isInLibrary = false; ///< Else of another program: to be added before it is used.
    };

    ModelAdvice(AdviceFactory factory, ModelSession& model, ModelCatalogue& catalogue,
                EngineBridge& bridge, QObject* parent = nullptr);
    /// Stops a search.
    ~ModelAdvice() override;

    /// Looks once; further calls only where something has changed since.
    void look();
    void lookAgain();
    void setPrefersChinese(bool prefers);

    /// False where nothing can be known of the machine.
    [[nodiscard]] bool isAvailable() const { return m_factory != nullptr; }
    [[nodiscard]] bool isReady() const { return m_isReady; }
    /// The rest is that of the last look, empty before the first.
    [[nodiscard]] const MachineDescription& machine() const { return m_machine; }
    [[nodiscard]] const Advice& advice() const { return m_advice; }
    /// Of other programs, those in the library left out.
    [[nodiscard]] const std::vector<FoundModel>& found() const { return m_found; }
    /// What Advice::onDisk points to.
    [[nodiscard]] std::optional<OnDisk> onDisk() const;
    /// The catalogue's model on disk, by its file.
    [[nodiscard]] std::optional<OnDisk> onDisk(const CatalogueModel& model) const;
    [[nodiscard]] ModelFit fitOf(const LibraryModel& model) const;
    /// Tokens a second that a reply of this model has reached since the program began; 0: none yet.
    [[nodiscard]] double measuredSpeed(const QString& model) const;

signals:
    void changed();

private:
    struct Look {
        MachineDescription machine;
        std::vector<FoundModel> found;
    };

    void start();
    void show(Look look);
    void judge();

    AdviceFactory m_factory;
    ModelSession& m_model;
    ModelCatalogue& m_catalogue;
    MachineDescription m_machine;
    std::vector<FoundModel> m_allFound;
    std::vector<FoundModel> m_found; ///< Of m_allFound those that the library lacks.
    std::vector<OnDisk> m_disk;      ///< What advise() was told of.
    Advice m_advice;
    QHash<QString, double> m_speeds;
    bool m_prefersChinese = false;
    bool m_isWanted = false;
    bool m_isReady = false;
    double m_bytesPerSecond = 0.0; ///< On m_thread only.
    std::unique_ptr<AdviceSource> m_source; ///< On m_thread only.
    std::stop_source m_stop;
    JobThread m_thread; ///< Last: joined before anything it uses goes.
};

} // namespace hearth::ui
