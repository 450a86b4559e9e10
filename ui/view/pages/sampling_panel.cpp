#include "view/pages/sampling_panel.h"

#include "state/settings.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/segmented.h"
#include "view/components/slider.h"
#include "view/components/stepper.h"
#include "view/components/switch.h"
#include "view/components/text_area.h"
#include "view/pages/hover_text.h"
#include "view/pages/preset_bar.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QSignalBlocker>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kSystemDelayMilliseconds = 300;
constexpr double kStep = 0.05;
constexpr int kMostTopK = 500;
constexpr int kMostTokens = 1'000'000;
constexpr double kMostSeed = 4'294'967'295.0;

} // namespace

SamplingPanel::SamplingPanel(Settings& settings, QWidget* parent)
    : QWidget(parent)
    , m_presets(new PresetBar(settings, this))
    , m_column(new QVBoxLayout(this)) {
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(space::kMd);
    m_column->addWidget(m_presets);
    connect(m_presets, &PresetBar::settingsChosen, this, [this](const ChatSettings& chosen) {
        change([&](ChatSettings& own) { own = chosen; });
    });
    connect(m_presets, &PresetBar::told, this, &SamplingPanel::told);
    m_systemSoon.setSingleShot(true);
    m_systemSoon.setInterval(kSystemDelayMilliseconds);
    connect(&m_systemSoon, &QTimer::timeout, this, &SamplingPanel::flush);

    addSystemPrompt();
    addSlider({tr("Temperature"), tr("How freely words are drawn: 0 always takes the likeliest, "
                                     "high values surprise.")},
              &ChatSettings::temperature, 0.0, 2.0);
    addSlider({tr("Top P"), tr("Draws only from the likeliest words that together reach this "
                               "share; 1 leaves none out.")},
              &ChatSettings::topP, kStep, 1.0);
    addStepper({tr("Top K"), tr("Draws only from so many of the likeliest words; 0 leaves none "
                                "out.")},
               &ChatSettings::topK, kMostTopK);
    addSlider({tr("Min P"), tr("Leaves out words that are less likely than this share of the "
                               "likeliest one.")},
              &ChatSettings::minP, 0.0, 1.0);
    addSlider({tr("Repetition penalty"), tr("Makes words that were used already less likely; 1 "
                                            "does nothing.")},
              &ChatSettings::repetitionPenalty, 0.5, 2.0);
    addSlider({tr("Presence penalty"), tr("Makes every word that was used less likely, however "
                                          "often it was; 0 does nothing.")},
              &ChatSettings::presencePenalty, -2.0, 2.0);
    addSlider({tr("Frequency penalty"), tr("Makes words less likely the more often they were "
                                           "used; 0 does nothing.")},
              &ChatSettings::frequencyPenalty, -2.0, 2.0);
    addStepper({tr("Longest reply"), tr("Tokens after which a reply stops; 0 goes on to the end "
                                        "of the context.")},
               &ChatSettings::maxTokens, kMostTokens);
    addSeed();
    addWhenFull();
    refresh();
}

IconButton* SamplingPanel::addRow(QWidget* control, const QString& name,
                                  std::function<void()> reset) {
    m_column->addWidget(control);
    // Over the control, so that nothing moves under the pointer when it comes and goes.
    auto* button = new IconButton(Icon::Undo, tr("Back to the preset: %1").arg(name), control,
                                  IconButton::Size::Small);
    const auto place = [button, name, toggle = control->findChild<Switch*>()] {
        const int side = Theme::current().lineHeight(TextStyle::Ui);
        const QFontMetrics metrics(Theme::current().font(TextStyle::Ui));
        const int before =
            toggle != nullptr ? toggle->sizeHint().width() : metrics.horizontalAdvance(name);
        const int above = toggle != nullptr ? (toggle->sizeHint().height() - side) / 2 : 0;
        button->setGeometry(before + space::kXs, above, side, side);
    };
    place();
    connect(&Theme::current(), &Theme::changed, button, place);
    connect(button, &QAbstractButton::clicked, this, std::move(reset));
    return button;
}

void SamplingPanel::addSlider(const Words& words, double ChatSettings::*value, double least,
                              double most) {
    auto* slider = new Slider(words.name, {least, most, kStep, 2, {}}, this);
    setHoverText(*slider, words.explanation);
    connect(slider, &Slider::valueChanged, this, [this, value](double chosen) {
        change([&](ChatSettings& settings) { settings.*value = chosen; });
    });
    IconButton* const reset = addRow(
        slider, words.name, [this, slider, value] { slider->setValue(defaults().*value); });
    m_knobs.append({[slider, value](const ChatSettings& settings) {
                        slider->setValue(settings.*value);
                    },
                    [value](const ChatSettings& a, const ChatSettings& b) {
                        return qFuzzyCompare(1.0 + a.*value, 1.0 + b.*value);
                    },
                    reset});
}

void SamplingPanel::addStepper(const Words& words, int ChatSettings::*value, int most) {
    auto* line = new QWidget(this);
    auto* name = new Label(words.name, TextStyle::Ui, ColorRole::Text, line);
    auto* stepper =
        new Stepper(words.name, {0.0, static_cast<double>(most), most > kMostTopK ? 64.0 : 1.0, 0, {}},
                    line);
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(name, 1);
    layout->addWidget(stepper);
    setHoverText(*line, words.explanation);
    setHoverText(*stepper, words.explanation);
    connect(stepper, &QDoubleSpinBox::valueChanged, this, [this, value](double chosen) {
        change([&](ChatSettings& settings) { settings.*value = qRound(chosen); });
    });
    IconButton* const reset = addRow(
        line, words.name, [this, stepper, value] { stepper->setValue(defaults().*value); });
    m_knobs.append({[stepper, value](const ChatSettings& settings) {
                        stepper->setValue(settings.*value);
                    },
                    [value](const ChatSettings& a, const ChatSettings& b) {
                        return a.*value == b.*value;
                    },
                    reset});
}

void SamplingPanel::addSeed() {
    auto* line = new QWidget(this);
    auto* isFixed = new Switch(tr("Fixed seed"), line);
    auto* seed = new Stepper(tr("Seed"), {0.0, kMostSeed, 1.0, 0, {}}, line);
    auto* layout = new QVBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kSm);
    layout->addWidget(isFixed, 0, Qt::AlignLeft);
    layout->addWidget(seed);
    const QString explanation =
        tr("With the same seed, settings and messages the reply is the same each time.");
    setHoverText(*isFixed, explanation);
    setHoverText(*seed, explanation);
    const auto read = [this, isFixed, seed] {
        seed->setVisible(isFixed->isChecked());
        change([&](ChatSettings& settings) {
            settings.seed = isFixed->isChecked()
                                ? std::optional(static_cast<qint64>(seed->value()))
                                : std::nullopt;
        });
    };
    connect(isFixed, &QAbstractButton::toggled, this, read);
    connect(seed, &QDoubleSpinBox::valueChanged, this, read);
    IconButton* const reset = addRow(line, tr("Fixed seed"), [this, isFixed, seed] {
        seed->setValue(static_cast<double>(defaults().seed.value_or(0)));
        isFixed->setChecked(defaults().seed.has_value());
    });
    m_knobs.append({[isFixed, seed](const ChatSettings& settings) {
                        seed->setValue(static_cast<double>(settings.seed.value_or(0)));
                        isFixed->setChecked(settings.seed.has_value());
                        seed->setVisible(settings.seed.has_value());
                    },
                    [](const ChatSettings& a, const ChatSettings& b) { return a.seed == b.seed; },
                    reset});
}

void SamplingPanel::addSystemPrompt() {
    auto* block = new QWidget(this);
    auto* name = new Label(tr("System prompt"), TextStyle::Ui, ColorRole::Text, block);
    m_system = new TextArea(tr("System prompt"), block);
    m_system->setLines(2, 8);
    m_system->setPlaceholderText(tr("Who the model is, how it answers…"));
    auto* layout = new QVBoxLayout(block);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kXs);
    layout->addWidget(name);
    layout->addWidget(m_system);
    setHoverText(*block, tr("Goes before the conversation and is never forgotten."));
    connect(m_system, &QTextEdit::textChanged, this, [this] {
        if (!m_isShowing)
            m_systemSoon.start();
    });
    IconButton* const reset = addRow(block, tr("System prompt"), [this] {
        m_system->setText(defaults().systemPrompt);
        flush();
    });
    m_knobs.append({[this](const ChatSettings& settings) {
                        if (!m_systemSoon.isActive())
                            m_system->setText(settings.systemPrompt);
                    },
                    [](const ChatSettings& a, const ChatSettings& b) {
                        return a.systemPrompt == b.systemPrompt;
                    },
                    reset});
}

void SamplingPanel::addWhenFull() {
    auto* block = new QWidget(this);
    auto* name = new Label(tr("When the context is full"), TextStyle::Ui, ColorRole::Text, block);
    m_whenFull =
        new Segmented(tr("When the context is full"), {tr("Ask"), tr("Forget the oldest")}, block);
    auto* layout = new QVBoxLayout(block);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kXs);
    layout->addWidget(name);
    layout->addWidget(m_whenFull);
    setHoverText(*block, tr("Ask: nothing is sent until you have chosen what to do. Forget: the "
                            "oldest messages stay here, but are no longer sent."));
    connect(m_whenFull, &Segmented::currentChanged, this, [this](int index) {
        change([&](ChatSettings& settings) { settings.whenFull = static_cast<WhenFull>(index); });
    });
    m_column->addWidget(block);
}

void SamplingPanel::flush() {
    m_systemSoon.stop();
    if (m_system->text() != m_shown.systemPrompt)
        change([this](ChatSettings& settings) { settings.systemPrompt = m_system->text(); });
}

void SamplingPanel::change(const std::function<void(ChatSettings&)>& edit) {
    if (m_isShowing)
        return;
    ChatSettings changed = m_shown;
    edit(changed);
    if (changed == m_shown)
        return;
    m_shown = changed;
    refresh();
    emit settingsChanged(changed);
}

void SamplingPanel::setSettings(const ChatSettings& settings) {
    m_shown = settings;
    refresh();
}

ChatSettings SamplingPanel::defaults() const {
    const Preset* preset = m_presets->current();
    return preset == nullptr ? ChatSettings() : preset->settings;
}

void SamplingPanel::refresh() {
    const bool wasShowing = std::exchange(m_isShowing, true);
    m_presets->setSettings(m_shown);
    m_whenFull->setCurrent(static_cast<int>(m_shown.whenFull));
    const ChatSettings usual = defaults();
    for (const Knob& knob : std::as_const(m_knobs)) {
        knob.show(m_shown);
        knob.reset->setVisible(!knob.isSame(m_shown, usual));
    }
    m_isShowing = wasShowing;
}

} // namespace hearth::ui
