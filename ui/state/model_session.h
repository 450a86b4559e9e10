#pragma once

#include "bridge/model_loader.h"
#include "hearth/model_library.h"

#include <QObject>
#include <QString>

namespace hearth::ui {

class EngineBridge;
class ModelCatalogue;

/// The model that chats are answered by: found in the library, loaded beside the window, handed to
/// the bridge. One at a time: the one before is unloaded first, so that both never need memory
/// together. Window's thread.
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

    ModelSession(HostFactory factory, ModelCatalogue& catalogue, EngineBridge& bridge,
                 QObject* parent = nullptr);
    ~ModelSession() override;

    void setLoadOptions(const LoadOptions& options) { m_options = options; }
    /// By name in the library, or by path.
    void choose(const QString& nameOrPath);
    /// Once more what failed or was missing.
    void retry();
    void cancel();
    /// Makes the host anew (its options have changed) and loads the model again.
    void reload();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QString& name() const { return m_name; } ///< Empty before a choice.
    [[nodiscard]] const QString& choice() const { return m_wanted; } ///< As choose() got it.
    [[nodiscard]] const LoadProgress& progress() const { return m_progress; }
    [[nodiscard]] const ModelInfo& info() const { return m_info; }
    [[nodiscard]] const Error& error() const { return m_error; }

signals:
    void changed();

private:
    void enter(State state);
    void releaseEngine();
    void onResolved(const LibraryModel& model);
    void onLoaded(const std::shared_ptr<Engine>& engine);

    EngineBridge& m_bridge;
    ModelCatalogue& m_catalogue;
    LoadOptions m_options;
    QString m_wanted;
    QString m_name;
    QString m_loadedName; ///< In the host; empty: nothing.
    State m_state = State::None;
    LoadProgress m_progress;
    ModelInfo m_info;
    Error m_error;
    ModelLoader m_loader;
};

} // namespace hearth::ui
