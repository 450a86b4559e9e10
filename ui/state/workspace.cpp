#include "state/workspace.h"

#include <QDir>

namespace hearth::ui {

namespace {

QString chatFile(const QString& directory) {
    return QDir(directory).filePath(QStringLiteral("chats.sqlite"));
}

HostFactory hostFactory(const WorkspaceOptions& options,
                        const std::shared_ptr<std::atomic<int>>& threads) {
    return [make = options.makeHost, threads] {
        HostOptions host;
        host.threads = *threads;
        return make(host);
    };
}

} // namespace

Workspace::Workspace(const WorkspaceOptions& options, QObject* parent)
    : QObject(parent)
    , m_settings(options.dataDirectory)
    , m_threads(std::make_shared<std::atomic<int>>(m_settings.values().threads))
    , m_load(options.load)
    , m_store(chatFile(options.dataDirectory))
    , m_catalogue(options.makeLibrary)
    , m_model(hostFactory(options, m_threads), m_catalogue, m_bridge)
    , m_advice(options.makeAdvice, m_model, m_catalogue, m_bridge)
    , m_downloads(options.makeDownloads, m_settings)
    , m_chats(m_bridge, m_store)
    , m_recovery(m_bridge, m_model, m_chats, m_store) {
    connect(&m_settings, &Settings::changed, this, &Workspace::onSettingsChanged);
    connect(&m_model, &ModelSession::changed, this, &Workspace::onModelChanged);
    m_chats.setAutomaticTitles(m_settings.values().automaticTitles);
    connect(&m_downloads, &ModelDownloads::finished, &m_catalogue, &ModelCatalogue::scan);
    m_catalogue.scan();
    m_recovery.setCountdown(options.restartSeconds);
    if (options.restartedMs)
        m_recovery.setRestartedAt(*options.restartedMs);
    applyDevice();
    const QString last = m_settings.values().lastModel;
    if (!options.model.isEmpty())
        m_model.choose(options.model);
    else
        m_model.choose(last.isEmpty() ? QStringLiteral("starter") : last);
}

void Workspace::onSettingsChanged() {
    const Settings::Values& values = m_settings.values();
    m_chats.setAutomaticTitles(values.automaticTitles);
    const bool hasNewThreads = m_threads->exchange(values.threads) != values.threads;
    const bool hasNewDevice = values.device != m_device;
    if (hasNewDevice)
        applyDevice();
    if (hasNewThreads || hasNewDevice)
        m_model.reload();
}

void Workspace::applyDevice() {
    m_device = m_settings.values().device;
    LoadOptions load = m_load;
    const QString cuda = QStringLiteral("cuda:");
    if (m_device == QLatin1String("cpu")) {
        load.device = DeviceChoice::Cpu;
    } else if (m_device.startsWith(cuda)) {
        load.device = DeviceChoice::Cuda;
        load.deviceIndex = m_device.mid(cuda.size()).toInt();
    }
    m_model.setLoadOptions(load);
}

void Workspace::onModelChanged() {
    if (m_model.state() != ModelSession::State::Ready)
        return;
    m_chats.setModel(m_model.name());
    Settings::Values values = m_settings.values();
    values.lastModel = m_model.choice();
    m_settings.set(values);
}

} // namespace hearth::ui
