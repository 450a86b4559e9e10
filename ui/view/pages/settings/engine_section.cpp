#include "view/pages/settings/engine_section.h"

#include "state/workspace.h"
#include "view/components/banner.h"
#include "view/components/combo.h"
#include "view/components/label.h"
#include "view/components/slider.h"
#include "view/pages/settings/change.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QAbstractItemView>
#include <QBoxLayout>
#include <QLocale>
#include <QThread>
#include <QTimer>

#include <algorithm>

namespace hearth::ui {

namespace {

/// Threads change the engine, which loads the model again: not at every step of the slider.
constexpr int kThreadsDelayMilliseconds = 800;
constexpr int kContexts[] = {2048, 4096, 8192, 16384, 32768, 65536, 131072};
constexpr int kThousandTokens = 1000;

/// Chooses the value in a list, adding it where it is none of ours.
void choose(Combo& combo, const QVariant& value, const QString& text) {
    // The list that is open under the pointer must not change.
    if (combo.view()->isVisible())
        return;
    if (combo.findData(value) < 0)
        combo.addItem(text, value);
    combo.setCurrentIndex(combo.findData(value));
}

} // namespace

EngineSection::EngineSection(Workspace& workspace, QWidget* parent)
    : SettingsSection(QStringLiteral("engine"), tr("Engine"), parent)
    , m_workspace(workspace)
    , m_refused(new Banner(Banner::Kind::Error, {}, {}, this))
    , m_device(new Combo(tr("Device"), this))
    , m_context(new Combo(tr("Context of a chat"), this))
    , m_cacheType(new Combo(tr("Memory of a chat"), this)) {
    addText(tr("A change here loads the model again, which takes a moment."));
    m_refused->setClosable(true);
    body()->addWidget(m_refused);
    addDevice();
    addContext();
    addCacheType();
    addThreads();
    const ModelSession& model = workspace.model();
    connect(&model, &ModelSession::changed, this, &EngineSection::refresh);
    connect(&model, &ModelSession::devicesChanged, this, &EngineSection::refreshDevices);
    connect(&workspace.settings(), &Settings::changed, this, &EngineSection::refresh);
    connect(&workspace, &Workspace::loadSettingsRefused, this, &EngineSection::refreshRefused);
    connect(m_refused, &Banner::closed, &workspace, &Workspace::forgetRefused);
    refresh();
    refreshRefused();
}

void EngineSection::addDevice() {
    m_deviceHint = addLine({"device", tr("Device")}, m_device);
    m_deviceHint->show();
    connect(m_device, &QComboBox::activated, this, [this](int row) {
        change(m_workspace.settings(),
               [=, this](auto& values) { values.device = m_device->itemData(row).toString(); });
    });
}

void EngineSection::addContext() {
    m_context->addItem(tr("As long as the model's"), 0);
    for (const int tokens : kContexts)
        m_context->addItem(tr("%Ln token(s)", nullptr, tokens), tokens);
    m_contextHint = addLine({"context", tr("Context of a chat")}, m_context);
    m_contextHint->show();
    connect(m_context, &QComboBox::activated, this, [this](int row) {
        change(m_workspace.settings(), [=, this](auto& values) {
            values.contextTokens = m_context->itemData(row).toInt();
        });
    });
}

void EngineSection::addCacheType() {
    m_cacheType->addItem(tr("Automatic"), QString());
    m_cacheType->addItem(tr("16 bits"), QStringLiteral("f16"));
    m_cacheType->addItem(tr("8 bits"), QStringLiteral("int8"));
    m_cacheType->addItem(tr("32 bits"), QStringLiteral("f32"));
    addLine({"kv_type", tr("Memory of a chat"),
             tr("How exactly the model remembers what was said (KV cache). 8 bits take half the "
                "memory of 16, so twice the context fits, for a slight loss.")},
            m_cacheType);
    connect(m_cacheType, &QComboBox::activated, this, [this](int row) {
        change(m_workspace.settings(),
               [=, this](auto& values) { values.kvType = m_cacheType->itemData(row).toString(); });
    });
}

void EngineSection::addThreads() {
    const double most = std::max(1, QThread::idealThreadCount());
    auto* threads = new Slider(tr("Processor threads"), {0, most, 1, 0, {}}, this);
    threads->setValue(m_workspace.settings().values().threads);
    addWide({"threads", tr("Processor threads"),
             tr("At 0, Hearth uses one thread for each processor core, which is fastest. Fewer "
                "leave more of the computer to other programs.")},
            threads);
    auto* wait = new QTimer(threads);
    wait->setSingleShot(true);
    wait->setInterval(kThreadsDelayMilliseconds);
    connect(threads, &Slider::valueChanged, wait, [wait] { wait->start(); });
    connect(wait, &QTimer::timeout, this, [this, threads] {
        change(m_workspace.settings(),
               [threads](auto& values) { values.threads = static_cast<int>(threads->value()); });
    });
}

void EngineSection::refresh() {
    const Settings::Values& values = m_workspace.settings().values();
    choose(*m_cacheType, values.kvType, withoutControls(values.kvType));
    refreshContext();
    refreshDevices();
}

void EngineSection::refreshContext() {
    const int tokens = m_workspace.settings().values().contextTokens;
    choose(*m_context, tokens, tr("%Ln token(s)", nullptr, tokens));
    QStringList hints{tr("How much of a chat the model sees at once; longer takes more memory.")};
    const ModelSession& model = m_workspace.model();
    if (model.state() == ModelSession::State::Ready && model.info().kvBytesPerToken > 0) {
        const ModelInfo& info = model.info();
        hints += tr("“%1” holds %2 tokens now, each thousand of them takes %3.")
                     .arg(withoutControls(model.name()), QLocale().toString(info.context),
                          bytesText(info.kvBytesPerToken * kThousandTokens));
    }
    m_contextHint->setText(hints.join(QLatin1Char('\n')));
    m_context->setAccessibleDescription(m_contextHint->text());
}

void EngineSection::refreshDevices() {
    if (m_device->view()->isVisible())
        return;
    const ModelSession& model = m_workspace.model();
    const HostDevices& host = model.devices();
    const QString chosen = m_workspace.settings().values().device;
    m_device->clear();
    m_device->addItem(tr("Automatic"), QString());
    m_device->addItem(tr("CPU"), QStringLiteral("cpu"));
    for (const DeviceDescription& device : host.devices)
        if (device.id != "cpu")
            m_device->addItem(withoutControls(QString::fromStdString(device.name)),
                              QString::fromStdString(device.id));
    choose(*m_device, chosen, tr("%1 (not there)").arg(withoutControls(chosen)));

    QStringList hints;
    if (host.gpuProblem)
        hints += errorText(*host.gpuProblem);
    else
        hints += tr("Automatic takes the graphics card where the model fits.");
    if (model.state() == ModelSession::State::Ready) {
        const ModelInfo& info = model.info();
        const QString name = withoutControls(model.name());
        hints += info.deviceNotice && !host.gpuProblem
                     ? deviceNoticeText(*info.deviceNotice)
                     : tr("“%1” runs on: %2.").arg(name, deviceText(info));
    }
    m_deviceHint->setText(hints.join(QLatin1Char('\n')));
    m_device->setAccessibleDescription(m_deviceHint->text());
}

void EngineSection::refreshRefused() {
    const auto& refused = m_workspace.refusedLoad();
    m_refused->setVisible(refused.has_value());
    if (refused)
        m_refused->setContent(Banner::Kind::Error,
                              tr("The model could not be loaded so: %1 What was set before is in "
                                 "use again.")
                                  .arg(errorText(*refused)));
}

} // namespace hearth::ui
