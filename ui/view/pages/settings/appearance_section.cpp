#include "view/pages/settings/appearance_section.h"

#include "state/settings.h"
#include "view/components/combo.h"
#include "view/components/segmented.h"
#include "view/components/slider.h"
#include "view/pages/settings/change.h"

#include <QBoxLayout>

#include <algorithm>

namespace hearth::ui {

namespace {

struct Language {
    const char* code;
    const char* name; ///< In itself, so that whoever reads it finds it.
};
constexpr Language kLanguages[] = {{"en", "English"}, {"zh_CN", "简体中文"}};

} // namespace

AppearanceSection::AppearanceSection(Settings& settings, QWidget* parent)
    : SettingsSection(QStringLiteral("appearance"), tr("Appearance"), parent)
    , m_settings(settings) {
    addTheme();
    addLanguage();
    addTextSize();
    addMotion();
}

void AppearanceSection::addTheme() {
    auto* theme = new Segmented(tr("Theme"), {tr("System"), tr("Light"), tr("Dark")}, this);
    theme->setCurrent(static_cast<int>(m_settings.values().theme));
    addLine({"theme", tr("Theme")}, theme);
    connect(theme, &Segmented::currentChanged, this, [this](int index) {
        change(m_settings, [=](auto& values) { values.theme = static_cast<ThemeChoice>(index); });
    });
    // From elsewhere too; the control that told of the change has it already.
    connect(&m_settings, &Settings::changed, theme,
            [this, theme] { theme->setCurrent(static_cast<int>(m_settings.values().theme)); });
}

void AppearanceSection::addLanguage() {
    auto* language = new Combo(tr("Language"), this);
    language->addItem(tr("As the system"), QString());
    for (const Language& choice : kLanguages)
        language->addItem(QString::fromUtf8(choice.name), QLatin1String(choice.code));
    language->setCurrentIndex(std::max(0, language->findData(m_settings.values().language)));
    addLine({"language", tr("Language")}, language);
    connect(language, &QComboBox::activated, this, [this, language](int row) {
        change(m_settings,
               [=](auto& values) { values.language = language->itemData(row).toString(); });
    });
}

void AppearanceSection::addTextSize() {
    auto* textSize = new Slider(tr("Text size"), {80, 160, 5, 0, QStringLiteral("%")}, this);
    textSize->setValue(m_settings.values().textScale * 100);
    addWide({"text_size", tr("Text size")}, textSize);
    connect(textSize, &Slider::valueChanged, this, [this](double percent) {
        change(m_settings, [=](auto& values) { values.textScale = percent / 100; });
    });
    connect(&m_settings, &Settings::changed, textSize,
            [this, textSize] { textSize->setValue(m_settings.values().textScale * 100); });
}

void AppearanceSection::addMotion() {
    auto* motion = new Segmented(tr("Motion"), {tr("System"), tr("Full"), tr("Reduced")}, this);
    motion->setCurrent(static_cast<int>(m_settings.values().motion));
    addLine({"motion", tr("Motion"), tr("Reduced: nothing fades or slides.")}, motion);
    connect(motion, &Segmented::currentChanged, this, [this](int index) {
        change(m_settings, [=](auto& values) { values.motion = static_cast<MotionChoice>(index); });
    });
}

} // namespace hearth::ui
