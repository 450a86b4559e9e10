#include "state/model_advice.h"

#include "bridge/engine_bridge.h"
#include "state/model_catalogue.h"
#include "state/model_session.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

/// Shorter replies tell little of the speed.
constexpr int kTellingTokens = 16;

} // namespace

ModelAdvice::ModelAdvice(AdviceFactory factory, ModelSession& model, ModelCatalogue& catalogue,
                         EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_factory(std::move(factory))
    , m_model(model)
    , m_catalogue(catalogue) {
    connect(&model, &ModelSession::devicesChanged, this, [this] {
        if (m_isWanted)
            start();
    });
    connect(&catalogue, &ModelCatalogue::scanned, this, [this] {
        if (m_isReady)
            judge();
    });
    connect(&bridge, &EngineBridge::finished, this,
            [this](quint64, FinishReason, const RequestStatistics& statistics) {
                if (statistics.completionTokens < kTellingTokens ||
                    m_model.state() != ModelSession::State::Ready)
                    return;
                m_speeds[m_model.name()] = statistics.tokensPerSecond;
                emit changed();
            });
}

ModelAdvice::~ModelAdvice() {
    m_stop.request_stop();
}

void ModelAdvice::look() {
    if (!m_isWanted)
        lookAgain();
}

void ModelAdvice::lookAgain() {
    m_isWanted = true;
    m_isReady = false;
    emit changed();
    if (m_model.devices().devices.empty())
        m_model.findDevices();
    else
        start();
}

void ModelAdvice::setPrefersChinese(bool prefers) {
    if (std::exchange(m_prefersChinese, prefers) != prefers && m_isReady)
        judge();
}

void ModelAdvice::start() {
    if (!m_factory)
        return;
    m_thread.post([this, devices = m_model.devices(), stop = m_stop.get_token()] {
        if (!m_source)
            m_source = m_factory();
        Look look;
        look.machine = m_source->describe(devices);
        if (m_bytesPerSecond == 0.0)
            m_bytesPerSecond = m_source->measureMemory(look.machine.cores);
        look.machine.bytesPerSecond = m_bytesPerSecond;
        look.found = m_source->find(stop);
        QMetaObject::invokeMethod(
            this, [this, look = std::move(look)]() mutable { show(std::move(look)); },
            Qt::QueuedConnection);
    });
}

void ModelAdvice::show(Look look) {
    m_machine = std::move(look.machine);
    m_allFound = std::move(look.found);
    m_isReady = true;
    judge();
}

void ModelAdvice::judge() {
    m_disk.clear();
    for (int row = 0; row < m_catalogue.rowCount(); ++row)
        m_disk.push_back({m_catalogue.at(row), true});
    m_found.clear();
    for (const FoundModel& found : m_allFound) {
        const bool isKnown = std::any_of(m_disk.begin(), m_disk.end(), [&](const OnDisk& known) {
            return known.model.path == found.model.path;
        });
        if (!isKnown)
            m_found.push_back(found);
    }
    for (const FoundModel& found : m_found)
        m_disk.push_back({found.model, false});
    std::vector<LibraryModel> models;
    for (const OnDisk& known : m_disk)
        models.push_back(known.model);
    m_advice = advise(m_machine, models, m_prefersChinese);
    emit changed();
}

std::optional<ModelAdvice::OnDisk> ModelAdvice::onDisk() const {
    if (!m_advice.onDisk)
        return std::nullopt;
    return m_disk.at(*m_advice.onDisk);
}

std::optional<ModelAdvice::OnDisk> ModelAdvice::onDisk(const CatalogueModel& model) const {
    for (const OnDisk& known : m_disk)
        if (known.model.problem.empty() &&
            known.model.path.ends_with("/" + std::string(model.file)))
            return known;
    return std::nullopt;
}

ModelFit ModelAdvice::fitOf(const LibraryModel& model) const {
    return hearth::fitOf(sizeOf(model), m_machine);
}

double ModelAdvice::measuredSpeed(const QString& model) const {
    return m_speeds.value(model);
}

} // namespace hearth::ui
