#include "view/pages/settings_page.h"

#include "state/model_session.h"
#include "state/settings.h"
#include "view/components/button.h"
#include "view/components/card.h"
#include "view/components/combo.h"
#include "view/components/label.h"
#include "view/components/segmented.h"
#include "view/components/slider.h"
#include "view/pages/texts.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QAbstractItemView>
#include <QBoxLayout>
#include <QDesktopServices>
#include <QEvent>
#include <QThread>
#include <QTimer>
#include <QUrl>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kColumnWidth = 640;
constexpr int kControlWidth = 220;
/// Threads change the engine, which loads the model again: not at every step of the slider.
constexpr int kThreadsDelayMilliseconds = 800;

struct Language {
    const char* code;
    const char* name; ///< In itself, so that whoever reads it finds it.
};
constexpr Language kLanguages[] = {{"en", "English"}, {"zh_CN", "简体中文"}};

QHBoxLayout* labelled(const QString& name, QWidget* control, QWidget* parent) {
    auto* line = new QHBoxLayout;
    line->addWidget(new Label(name, TextStyle::Ui, ColorRole::Text, parent), 1);
    line->addWidget(control);
    return line;
}

} // namespace

SettingsPage::SettingsPage(Settings& settings, ModelSession& model, QWidget* parent)
    : QScrollArea(parent)
    , m_settings(settings)
    , m_model(model) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    connect(&model, &ModelSession::changed, this, &SettingsPage::refreshDevices);
    connect(&model, &ModelSession::devicesChanged, this, &SettingsPage::refreshDevices);
    connect(&settings, &Settings::changed, this, &SettingsPage::refreshDevices);
    rebuild();
}

void SettingsPage::showEvent(QShowEvent* event) {
    m_model.findDevices();
    QScrollArea::showEvent(event);
}

void SettingsPage::rebuild() {
    // The control that was just used may be among those that go.
    if (QWidget* const before = takeWidget())
        before->deleteLater();
    auto* page = new QWidget;
    auto* column = new QVBoxLayout;
    column->setSpacing(space::kLg);
    column->addWidget(new Label(tr("Settings"), TextStyle::Display, ColorRole::Text, page));
    column->addWidget(makeAppearance());
    column->addWidget(makeEngine());
    column->addWidget(makeData());
    column->addStretch(1);
    auto* holder = new QWidget(page);
    holder->setMaximumWidth(kColumnWidth);
    column->setContentsMargins(0, 0, 0, 0);
    holder->setLayout(column);
    auto* outer = new QHBoxLayout(page);
    outer->setContentsMargins(space::k2xl, space::kXl, space::k2xl, space::kXl);
    outer->addStretch(1);
    outer->addWidget(holder, 1000);
    outer->addStretch(1);
    setWidget(page);
}

QWidget* SettingsPage::makeAppearance() {
    auto* card = new Card;
    card->body()->setSpacing(space::kLg);
    card->body()->addWidget(new Label(tr("Appearance"), TextStyle::Title, ColorRole::Text, card));

    auto* theme =
        new Segmented(tr("Theme"), {tr("System"), tr("Light"), tr("Dark")}, card);
    theme->setCurrent(static_cast<int>(m_settings.values().theme));
    connect(theme, &Segmented::currentChanged, this, [this](int index) {
        Settings::Values values = m_settings.values();
        values.theme = static_cast<ThemeChoice>(index);
        m_settings.set(values);
    });
    card->body()->addLayout(labelled(tr("Theme"), theme, card));

    auto* language = new Combo(tr("Language"), card);
    language->setMinimumWidth(kControlWidth);
    language->addItem(tr("As the system"), QString());
    for (const Language& choice : kLanguages)
        language->addItem(QString::fromUtf8(choice.name), QLatin1String(choice.code));
    language->setCurrentIndex(std::max(0, language->findData(m_settings.values().language)));
    connect(language, &QComboBox::activated, this, [this, language](int row) {
        Settings::Values values = m_settings.values();
        values.language = language->itemData(row).toString();
        m_settings.set(values);
    });
    card->body()->addLayout(labelled(tr("Language"), language, card));

    auto* textSize = new Slider(tr("Text size"), {80, 160, 5, 0, QStringLiteral("%")}, card);
    textSize->setValue(m_settings.values().textScale * 100);
    connect(textSize, &Slider::valueChanged, this, [this](double percent) {
        Settings::Values values = m_settings.values();
        values.textScale = percent / 100;
        m_settings.set(values);
    });
    card->body()->addWidget(textSize);
    return card;
}

QWidget* SettingsPage::makeEngine() {
    auto* card = new Card;
    card->body()->setSpacing(space::kMd);
    card->body()->addWidget(new Label(tr("Engine"), TextStyle::Title, ColorRole::Text, card));
    addDeviceChoice(*card);
    const double most = std::max(1, QThread::idealThreadCount());
    auto* threads = new Slider(tr("Processor threads"), {0, most, 1, 0, {}}, card);
    threads->setValue(m_settings.values().threads);
    auto* wait = new QTimer(threads);
    wait->setSingleShot(true);
    wait->setInterval(kThreadsDelayMilliseconds);
    connect(threads, &Slider::valueChanged, wait, [wait] { wait->start(); });
    connect(wait, &QTimer::timeout, this, [this, threads] {
        Settings::Values values = m_settings.values();
        values.threads = static_cast<int>(threads->value());
        m_settings.set(values);
    });
    card->body()->addWidget(threads);
    auto* hint = new Label(tr("At 0, Hearth uses one thread for each processor core. A change "
                              "loads the model again."),
                           TextStyle::Caption, ColorRole::Muted, card);
    hint->setWordWrap(true);
    card->body()->addWidget(hint);
    return card;
}

void SettingsPage::addDeviceChoice(Card& card) {
    m_device = new Combo(tr("Device"), &card);
    m_device->setMinimumWidth(kControlWidth);
    connect(m_device, &QComboBox::activated, this, [this](int row) {
        Settings::Values values = m_settings.values();
        values.device = m_device->itemData(row).toString();
        m_settings.set(values);
    });
    card.body()->addLayout(labelled(tr("Device"), m_device, &card));
    m_deviceHint = new Label({}, TextStyle::Caption, ColorRole::Muted, &card);
    m_deviceHint->setWordWrap(true);
    card.body()->addWidget(m_deviceHint);
    refreshDevices();
}

void SettingsPage::refreshDevices() {
    // The list that is open under the pointer must not change.
    if (m_device->view()->isVisible())
        return;
    const HostDevices& host = m_model.devices();
    const QString chosen = m_settings.values().device;
    m_device->clear();
    m_device->addItem(tr("Automatic"), QString());
    m_device->addItem(tr("CPU"), QStringLiteral("cpu"));
    for (const DeviceDescription& device : host.devices)
        if (device.id != "cpu")
            m_device->addItem(withoutControls(QString::fromStdString(device.name)),
                              QString::fromStdString(device.id));
    if (m_device->findData(chosen) < 0)
        m_device->addItem(tr("%1 (not there)").arg(withoutControls(chosen)), chosen);
    m_device->setCurrentIndex(m_device->findData(chosen));

    QStringList hints;
    if (host.gpuProblem)
        hints += errorText(*host.gpuProblem);
    else
        hints += tr("Automatic takes the graphics card where the model fits.");
    if (m_model.state() == ModelSession::State::Ready) {
        const ModelInfo& info = m_model.info();
        const QString name = withoutControls(m_model.name());
        hints += info.deviceNotice && !host.gpuProblem
                     ? deviceNoticeText(*info.deviceNotice)
                     : tr("“%1” runs on: %2.").arg(name, deviceText(info));
    }
    m_deviceHint->setText(hints.join(QLatin1Char('\n')));
}

QWidget* SettingsPage::makeData() {
    auto* card = new Card;
    card->body()->setSpacing(space::kMd);
    card->body()->addWidget(new Label(tr("Data"), TextStyle::Title, ColorRole::Text, card));
    auto* open = new Button(tr("Open folder"), ButtonKind::Plain, card);
    open->setGlyph(Icon::Folder);
    connect(open, &QAbstractButton::clicked, this, [this] {
        QDesktopServices::openUrl(QUrl::fromLocalFile(m_settings.dataDirectory()));
    });
    auto* path = new Label(m_settings.dataDirectory(), TextStyle::Figure, ColorRole::Muted, card);
    path->setElided(true);
    path->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kMd);
    line->addWidget(path, 1);
    line->addWidget(open);
    card->body()->addLayout(line);
    auto* hint = new Label(tr("Chats, settings and added models stay in this folder. Hearth has no "
                              "account and sends nothing."),
                           TextStyle::Caption, ColorRole::Muted, card);
    hint->setWordWrap(true);
    card->body()->addWidget(hint);
    return card;
}

void SettingsPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        rebuild();
    QScrollArea::changeEvent(event);
}

} // namespace hearth::ui
