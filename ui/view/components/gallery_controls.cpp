#include "view/components/button.h"
#include "view/components/combo.h"
#include "view/components/field.h"
#include "view/components/flow_layout.h"
#include "view/components/gallery_sheet.h"
#include "view/components/icon_button.h"
#include "view/components/segmented.h"
#include "view/components/slider.h"
#include "view/components/stepper.h"
#include "view/components/switch.h"
#include "view/components/text_area.h"
#include "view/theme/theme.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QPainter>
#include <QRadioButton>
#include <QSlider>

#include <array>
#include <optional>

namespace hearth::ui {
namespace {

constexpr std::array kPoses{Pose::Hovered, Pose::Pressed, Pose::Focused};

QString poseName(Pose how) {
    switch (how) {
    case Pose::Hovered:
        return Gallery::tr("Hovered");
    case Pose::Pressed:
        return Gallery::tr("Pressed");
    case Pose::Focused:
        return Gallery::tr("Focused");
    }
    return {};
}

template<typename Widget>
Widget* posed(Widget* widget, Pose how) {
    pose(widget, how);
    return widget;
}

template<typename Widget>
Widget* disabled(Widget* widget) {
    widget->setEnabled(false);
    return widget;
}

class IconSample : public QWidget {
public:
    IconSample(Icon glyph, QWidget* parent)
        : QWidget(parent)
        , m_glyph(glyph) {
        setFixedSize(size::kIcon, size::kIcon);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        themeIcon(m_glyph, ColorRole::Text).paint(&painter, rect());
    }

private:
    Icon m_glyph;
};

void addButtons(GallerySheet& sheet, const QString& caption, ButtonKind kind) {
    auto* row = new FlowLayout;
    row->setSpacing(space::kMd);
    sheet.row(caption)->addLayout(row, 1);
    const auto make = [&](const QString& text) { return new Button(text, kind, &sheet); };
    row->addWidget(make(Gallery::tr("Normal")));
    for (const Pose how : kPoses)
        row->addWidget(posed(make(poseName(how)), how));
    row->addWidget(disabled(make(Gallery::tr("Disabled"))));
    auto* busy = make(Gallery::tr("Busy now"));
    busy->setBusy(true);
    row->addWidget(busy);
    auto* withIcon = make(Gallery::tr("With an icon"));
    withIcon->setGlyph(kind == ButtonKind::Danger ? Icon::Trash : Icon::Download);
    row->addWidget(withIcon);
    auto* faint = disabled(make(Gallery::tr("With an icon")));
    faint->setGlyph(kind == ButtonKind::Danger ? Icon::Trash : Icon::Download);
    row->addWidget(faint);
}

void addIconButtons(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Icon button"));
    const auto make = [&](Icon glyph, IconButton::Size side = IconButton::Size::Control) {
        return new IconButton(glyph, Gallery::tr("Example"), &sheet, side);
    };
    row->addWidget(make(Icon::Copy, IconButton::Size::Small));
    row->addWidget(make(Icon::Sidebar));
    row->addWidget(posed(make(Icon::Edit), Pose::Hovered));
    row->addWidget(posed(make(Icon::Refresh), Pose::Pressed));
    row->addWidget(posed(make(Icon::Search), Pose::Focused));
    row->addWidget(disabled(make(Icon::Trash)));
    auto* checked = make(Icon::Chats, IconButton::Size::Rail);
    checked->setCheckable(true);
    checked->setChecked(true);
    row->addWidget(checked);
    row->addWidget(make(Icon::Models, IconButton::Size::Rail));
    row->addWidget(posed(make(Icon::Monitor, IconButton::Size::Rail), Pose::Hovered));
    row->addSpacing(space::kLg);
    const auto primary = [&](IconButton* button) {
        button->setPrimary(true);
        return button;
    };
    row->addWidget(primary(make(Icon::Send)));
    row->addWidget(posed(primary(make(Icon::Send)), Pose::Hovered));
    row->addWidget(posed(primary(make(Icon::Stop)), Pose::Focused));
    row->addWidget(disabled(primary(make(Icon::Send))));
    row->addStretch();
}

void addIcons(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Icons"));
    auto* all = new QWidget(&sheet);
    auto* flow = new FlowLayout(all);
    flow->setSpacing(space::kLg);
    for (int i = 0; i < static_cast<int>(Icon::Count_); ++i)
        flow->addWidget(new IconSample(static_cast<Icon>(i), all));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    all->setSizePolicy(policy);
    row->addWidget(all, 1);
}

void addCombosAndSteppers(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Combo"));
    const auto combo = [&](const QString& text) {
        auto* made = new Combo(Gallery::tr("Model"), &sheet);
        made->addItem(text);
        return made;
    };
    row->addWidget(combo(QStringLiteral("SmolLM2 135M")));
    row->addWidget(posed(combo(Gallery::tr("Hovered")), Pose::Hovered));
    row->addWidget(posed(combo(Gallery::tr("Focused")), Pose::Focused));
    row->addWidget(disabled(combo(Gallery::tr("Disabled"))));
    auto* quiet = combo(Gallery::tr("Quiet"));
    setButtonKind(*quiet, ButtonKind::Quiet);
    row->addWidget(quiet);
    row->addStretch();

    row = sheet.row(Gallery::tr("Stepper"));
    const auto stepper = [&](double value, const Stepper::Range& range) {
        auto* made = new Stepper(Gallery::tr("Threads"), range, &sheet);
        made->setValue(value);
        return made;
    };
    row->addWidget(stepper(8, {1, 64, 1, 0, {}}));
    row->addWidget(stepper(0.7, {0, 2, 0.05, 2, {}}));
    row->addWidget(posed(stepper(1, {1, 64, 1, 0, {}}), Pose::Hovered));
    row->addWidget(posed(stepper(90, {1, 100, 1, 0, QStringLiteral(" %")}), Pose::Focused));
    auto* refused = stepper(80, {1, 65535, 1, 0, {}});
    setRefused(*refused, true);
    row->addWidget(refused);
    row->addWidget(disabled(stepper(8, {1, 64, 1, 0, {}})));
    row->addStretch();
}

void addFields(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Field"));
    auto* plain = new Field(Gallery::tr("Name"), &sheet);
    plain->edit()->setPlaceholderText(Gallery::tr("What to call it"));
    plain->setHint(Gallery::tr("Shown in the list of chats."));
    row->addWidget(plain, 1, Qt::AlignTop);
    auto* focused = new Field(Gallery::tr("Folder"), &sheet);
    focused->setText(QStringLiteral("~/models"));
    pose(focused->edit(), Pose::Focused);
    row->addWidget(focused, 1, Qt::AlignTop);
    auto* refused = new Field(Gallery::tr("Port"), &sheet);
    refused->setText(QStringLiteral("80"));
    refused->setError(Gallery::tr("Ports below 1024 need administrator rights."));
    row->addWidget(refused, 1, Qt::AlignTop);
    auto* off = disabled(new Field(Gallery::tr("Disabled"), &sheet));
    off->setText(QStringLiteral("127.0.0.1"));
    row->addWidget(off, 1, Qt::AlignTop);

    row = sheet.row(Gallery::tr("Text area"));
    const auto area = [&](const QString& text) {
        auto* made = new TextArea(Gallery::tr("System prompt"), &sheet);
        made->setPlaceholderText(Gallery::tr("How the model should answer"));
        made->setText(text);
        made->setLines(2, 4);
        return made;
    };
    row->addWidget(area({}), 1, Qt::AlignTop);
    row->addWidget(posed(area(QStringLiteral("Answer briefly.")), Pose::Focused), 1, Qt::AlignTop);
    auto* scrolled = area(QStringLiteral("1\n2\n3\n4\n5\n6\n7"));
    row->addWidget(scrolled, 1, Qt::AlignTop);
    row->addWidget(disabled(area(QStringLiteral("Answer briefly."))), 1, Qt::AlignTop);
}

void addSliders(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Slider"));
    const auto slider = [&](const QString& name, const Slider::Range& range, double value,
                            std::optional<Pose> how) {
        auto* made = new Slider(name, range, &sheet);
        made->setValue(value);
        if (how)
            pose(made->findChild<QSlider*>(), *how);
        row->addWidget(made, 1);
        return made;
    };
    slider(Gallery::tr("Temperature"), {0.0, 2.0, 0.05, 2, {}}, 0.7, std::nullopt);
    slider(Gallery::tr("Hovered"), {0.0, 1.0, 0.01, 2, {}}, 0.5, Pose::Hovered);
    slider(Gallery::tr("Focused"), {0.0, 1.0, 0.01, 2, {}}, 0.95, Pose::Focused);
    slider(Gallery::tr("Disabled"), {0.0, 100.0, 1.0, 0, QStringLiteral("%")}, 40, std::nullopt)
        ->setEnabled(false);
}

} // namespace

void addButtonSamples(GallerySheet& sheet) {
    addButtons(sheet, Gallery::tr("Button"), ButtonKind::Plain);
    addButtons(sheet, Gallery::tr("Primary"), ButtonKind::Primary);
    addButtons(sheet, Gallery::tr("Quiet"), ButtonKind::Quiet);
    addButtons(sheet, Gallery::tr("Danger"), ButtonKind::Danger);
    addIconButtons(sheet);
    addIcons(sheet);
}

void addChoiceSamples(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Switch"));
    const auto toggle = [&](const QString& text, bool on) {
        auto* made = new Switch(text, &sheet);
        made->setChecked(on);
        return made;
    };
    row->addWidget(toggle(Gallery::tr("Off"), false));
    row->addWidget(toggle(Gallery::tr("On"), true));
    row->addWidget(posed(toggle(Gallery::tr("Hovered"), true), Pose::Hovered));
    row->addWidget(posed(toggle(Gallery::tr("Focused"), false), Pose::Focused));
    row->addWidget(disabled(toggle(Gallery::tr("Off"), false)));
    row->addWidget(disabled(toggle(Gallery::tr("On"), true)));
    row->addStretch();

    row = sheet.row(Gallery::tr("Check box"));
    const auto box = [&](auto* made, bool on) {
        made->setChecked(on);
        return made;
    };
    row->addWidget(box(new QCheckBox(Gallery::tr("Unchecked"), &sheet), false));
    row->addWidget(box(new QCheckBox(Gallery::tr("Checked"), &sheet), true));
    row->addWidget(posed(box(new QCheckBox(Gallery::tr("Focused"), &sheet), true), Pose::Focused));
    row->addWidget(disabled(box(new QCheckBox(Gallery::tr("Disabled"), &sheet), true)));
    row->addWidget(box(new QRadioButton(Gallery::tr("Radio"), &sheet), true));
    row->addWidget(posed(new QRadioButton(Gallery::tr("Hovered"), &sheet), Pose::Hovered));
    row->addStretch();

    row = sheet.row(Gallery::tr("Segmented"));
    const QStringList themes{Gallery::tr("System"), Gallery::tr("Light"), Gallery::tr("Dark")};
    auto* segmented = new Segmented(Gallery::tr("Theme"), themes, &sheet);
    segmented->setCurrent(1);
    row->addWidget(segmented);
    row->addWidget(posed(new Segmented(Gallery::tr("Theme"), themes, &sheet), Pose::Focused));
    row->addWidget(disabled(new Segmented(Gallery::tr("Theme"), themes, &sheet)));
    row->addStretch();
}

void addInputSamples(GallerySheet& sheet) {
    addCombosAndSteppers(sheet);
    addFields(sheet);
    addSliders(sheet);
}

} // namespace hearth::ui
