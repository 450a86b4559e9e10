#include "state/workspace.h"

#include <QDir>

#include <utility>

namespace hearth::ui {

namespace {

/// Models below ramble at temperatures at which larger ones speak well.
constexpr quint64 kSmallParameters = 1'000'000'000;
constexpr double kSmallTemperature = 0.2;

QString chatFile(const QString& directory) {
    return QDir(directory).filePath(QStringLiteral("chats.sqlite"));
}

std::optional<KvType> kvTypeFromName(const QString& name) {
    const std::pair<const char*, KvType> known[] = {{"f32", KvType::F32},   {"bf16", KvType::BF16},
                                                    {"f16", KvType::F16},   {"int8", KvType::Int8},
                                                    {"int4", KvType::Int4}, {"fp8", KvType::Fp8}};
    for (const auto& [text, type] : known)
        if (name == QLatin1String(text))
            return type;
    return std::nullopt;
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
    , m_recovery(m_bridge, m_model, m_chats, m_store)
    , m_server(options.makeServer, m_model, m_catalogue, m_settings) {
    connect(&m_settings, &Settings::changed, this, &Workspace::onSettingsChanged);
    connect(&m_model, &ModelSession::changed, this, &Workspace::onModelChanged);
    m_chats.setAutomaticTitles(m_settings.values().automaticTitles);
    connect(&m_downloads, &ModelDownloads::finished, &m_catalogue, &ModelCatalogue::scan);
    m_catalogue.scan();
    m_recovery.setCountdown(options.restartSeconds);
    if (options.restartedMs)
        m_recovery.setRestartedAt(*options.restartedMs);
    applyLoadOptions();
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
    const bool hasNewOptions = values.device != m_device || loadValues() != m_loadValues;
    if (hasNewOptions)
        applyLoadOptions();
    if (hasNewThreads || hasNewOptions)
        m_model.reload();
}

void Workspace::applyLoadOptions() {
    m_device = m_settings.values().device;
    m_loadValues = loadValues();
    LoadOptions load = m_load;
    const QString cuda = QStringLiteral("cuda:");
    if (m_device == QLatin1String("cpu")) {
        load.device = DeviceChoice::Cpu;
    } else if (m_device.startsWith(cuda)) {
        load.device = DeviceChoice::Cuda;
        load.deviceIndex = m_device.mid(cuda.size()).toInt();
    }
    if (m_loadValues.contextTokens > 0)
        load.contextTokens = m_loadValues.contextTokens;
    if (const auto type = kvTypeFromName(m_loadValues.kvType))
        load.kvType = *type;
    m_model.setLoadOptions(load);
}

Workspace::LoadValues Workspace::loadValues() const {
    return {m_settings.values().contextTokens, m_settings.values().kvType};
}

void Workspace::takeBackLoadValues() {
    const bool isOurs = m_loadValues != m_goodLoadValues;
    switch (m_model.error().code) {
    case ErrorCode::OutOfMemory:
    case ErrorCode::InvalidArgument:
    case ErrorCode::Unsupported:
        break;
    default:
        return;
    }
    if (!isOurs || m_model.state() != ModelSession::State::Failed)
        return;
    m_refusedLoad = m_model.error();
    // Not within the news of the failure.
    QMetaObject::invokeMethod(
        this,
        [this, good = m_goodLoadValues] {
            Settings::Values values = m_settings.values();
            values.contextTokens = good.contextTokens;
            values.kvType = good.kvType;
            m_settings.set(values);
        },
        Qt::QueuedConnection);
    emit loadSettingsRefused();
}

void Workspace::forgetRefused() {
    m_refusedLoad.reset();
    emit loadSettingsRefused();
}

void Workspace::onModelChanged() {
    takeBackLoadValues();
    if (m_model.state() != ModelSession::State::Ready)
        return;
    m_goodLoadValues = m_loadValues;
    const quint64 parameters = m_model.info().parameters;
    const bool isSmall = parameters > 0 && parameters < kSmallParameters;
    m_chats.setModel(m_model.name(), isSmall ? kSmallTemperature : ChatSettings().temperature);
    Settings::Values values = m_settings.values();
    values.lastModel = m_model.choice();
    m_settings.set(values);
}

} // namespace hearth::ui
