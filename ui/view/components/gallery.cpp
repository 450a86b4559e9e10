#include "view/components/gallery.h"

#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/card.h"
#include "view/components/chip.h"
#include "view/components/code_header.h"
#include "view/components/combo.h"
#include "view/components/empty_state.h"
#include "view/components/field.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/meter.h"
#include "view/components/progress.h"
#include "view/components/segmented.h"
#include "view/components/skeleton.h"
#include "view/components/slider.h"
#include "view/components/switch.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QRadioButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace hearth::ui {
namespace {

constexpr int kWidth = 1120;

/// Paints a copy of a widget in a state which else needs a pointer or the keyboard.
class Pose : public QWidget {
public:
    enum class State { Hovered, Pressed, Focused };

    Pose(QWidget* model, State state, QWidget* parent)
        : QWidget(parent)
        , m_model(model)
        , m_state(state) {
        model->setParent(this);
        model->installEventFilter(this);
        auto* row = new QHBoxLayout(this);
        const int room = state == State::Focused ? space::kXs : 0;
        row->setContentsMargins(room, room, room, room);
        row->addWidget(model);
        setSizePolicy(model->sizePolicy());
        if (auto* button = qobject_cast<QAbstractButton*>(model); button && state == State::Pressed)
            button->setDown(true);
        model->setAttribute(Qt::WA_TransparentForMouseEvents);
        model->setAttribute(Qt::WA_UnderMouse, state == State::Hovered);
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Leave)
            return true;
        return QWidget::eventFilter(watched, event);
    }

    void paintEvent(QPaintEvent*) override {
        if (m_state != State::Focused)
            return;
        QPainter painter(this);
        painter.translate(m_model->pos());
        paintFocusRing(painter, QRectF(m_model->rect()).adjusted(-3, -3, 3, 3),
                       radius::kControl + 3);
    }

private:
    QWidget* m_model;
    State m_state;
};

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

class CodeHeaderSample : public QWidget {
public:
    CodeHeaderSample(CodeHeader header, QWidget* parent)
        : QWidget(parent)
        , m_header(header) {
        setFixedHeight(CodeHeader::height() + Theme::current().lineHeight(TextStyle::Code) +
                       space::kMd);
        setMinimumWidth(size::kList);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& t = Theme::current().tokens();
        QPainter painter(this);
        paintPanel(painter, rect(), radius::kCard, t.sunken, t.border);
        m_header.paint(painter, QRectF(0, 0, width(), CodeHeader::height()));
        paintText(painter,
                  QRectF(space::kMd, CodeHeader::height(), width() - 2 * space::kMd,
                         Theme::current().lineHeight(TextStyle::Code)),
                  TextStyle::Code, t.text, QStringLiteral("print(\"hearth\")"));
    }

private:
    CodeHeader m_header;
};

class Page : public QWidget {
public:
    explicit Page(QWidget* parent)
        : QWidget(parent)
        , m_column(new QVBoxLayout(this)) {
        setFixedWidth(kWidth);
        m_column->setContentsMargins(space::k2xl, space::k2xl, space::k2xl, space::k2xl);
        m_column->setSpacing(space::kLg);
    }

    QHBoxLayout* row(const QString& title) {
        auto* row = new QHBoxLayout;
        row->setSpacing(space::kMd);
        auto* label = new Label(title, TextStyle::Caption, ColorRole::Muted, this);
        label->setFixedWidth(2 * space::k3xl);
        row->addWidget(label);
        m_column->addLayout(row);
        return row;
    }

    QVBoxLayout* column() const { return m_column; }

private:
    QVBoxLayout* m_column;
};

void addButtons(Page& page, const QString& title, ButtonKind kind) {
    QHBoxLayout* row = page.row(title);
    const auto make = [&](const QString& text) { return new Button(text, kind, &page); };
    row->addWidget(make(Gallery::tr("Normal")));
    row->addWidget(new Pose(make(Gallery::tr("Hovered")), Pose::State::Hovered, &page));
    row->addWidget(new Pose(make(Gallery::tr("Pressed")), Pose::State::Pressed, &page));
    row->addWidget(new Pose(make(Gallery::tr("Focused")), Pose::State::Focused, &page));
    auto* disabled = make(Gallery::tr("Disabled"));
    disabled->setEnabled(false);
    row->addWidget(disabled);
    auto* busy = make(Gallery::tr("Busy now"));
    busy->setBusy(true);
    row->addWidget(busy);
    auto* withIcon = make(Gallery::tr("With an icon"));
    withIcon->setGlyph(kind == ButtonKind::Danger ? Icon::Trash : Icon::Download);
    row->addWidget(withIcon);
    row->addStretch();
}

void addIconButtons(Page& page) {
    QHBoxLayout* row = page.row(Gallery::tr("Icon button"));
    const auto make = [&](Icon glyph, IconButton::Size side = IconButton::Size::Control) {
        return new IconButton(glyph, Gallery::tr("Example"), &page, side);
    };
    row->addWidget(make(Icon::Copy, IconButton::Size::Small));
    row->addWidget(make(Icon::Sidebar));
    row->addWidget(new Pose(make(Icon::Edit), Pose::State::Hovered, &page));
    row->addWidget(new Pose(make(Icon::Refresh), Pose::State::Pressed, &page));
    row->addWidget(new Pose(make(Icon::Search), Pose::State::Focused, &page));
    auto* checked = make(Icon::Chats, IconButton::Size::Rail);
    checked->setCheckable(true);
    checked->setChecked(true);
    row->addWidget(checked);
    auto* primary = make(Icon::Send);
    primary->setPrimary(true);
    row->addWidget(primary);
    auto* disabled = make(Icon::Send);
    disabled->setPrimary(true);
    disabled->setEnabled(false);
    row->addWidget(disabled);
    row->addSpacing(space::kLg);
    for (int i = 0; i < static_cast<int>(Icon::Count_); ++i) {
        if (i % 3 != 0)
            continue;
        auto* glyph = new IconSample(static_cast<Icon>(i), &page);
        row->addWidget(glyph);
    }
    row->addStretch();
}

void addChoices(Page& page) {
    QHBoxLayout* row = page.row(Gallery::tr("Switch"));
    for (const bool enabled : {true, false}) {
        for (const bool on : {false, true}) {
            auto* toggle = new Switch(on ? Gallery::tr("On") : Gallery::tr("Off"), &page);
            toggle->setChecked(on);
            toggle->setEnabled(enabled);
            row->addWidget(toggle);
        }
    }
    row->addWidget(
        new Pose(new Switch(Gallery::tr("Focused"), &page), Pose::State::Focused, &page));
    auto* box = new QCheckBox(Gallery::tr("Check box"), &page);
    box->setChecked(true);
    row->addWidget(box);
    row->addWidget(new QCheckBox(Gallery::tr("Unchecked"), &page));
    auto* radio = new QRadioButton(Gallery::tr("Radio"), &page);
    radio->setChecked(true);
    row->addWidget(radio);
    row->addStretch();

    row = page.row(Gallery::tr("Segmented"));
    const QStringList themes{Gallery::tr("System"), Gallery::tr("Light"), Gallery::tr("Dark")};
    auto* segmented = new Segmented(Gallery::tr("Theme"), themes, &page);
    segmented->setCurrent(1);
    row->addWidget(segmented);
    row->addWidget(
        new Pose(new Segmented(Gallery::tr("Theme"), themes, &page), Pose::State::Focused, &page));
    auto* disabled = new Segmented(Gallery::tr("Theme"), themes, &page);
    disabled->setEnabled(false);
    row->addWidget(disabled);
    row->addStretch();
}

void addInputs(Page& page) {
    QHBoxLayout* row = page.row(Gallery::tr("Combo"));
    for (const bool enabled : {true, false}) {
        auto* combo = new Combo(Gallery::tr("Model"), &page);
        combo->addItems({QStringLiteral("SmolLM2 135M"), QStringLiteral("Qwen 8B")});
        combo->setEnabled(enabled);
        row->addWidget(combo);
    }
    auto* focused = new Combo(Gallery::tr("Model"), &page);
    focused->addItem(Gallery::tr("Focused"));
    row->addWidget(new Pose(focused, Pose::State::Focused, &page));
    auto* quiet = new Combo(Gallery::tr("Model"), &page);
    setButtonKind(*quiet, ButtonKind::Quiet);
    quiet->addItem(Gallery::tr("Quiet"));
    row->addWidget(quiet);
    auto* spin = new QSpinBox(&page);
    spin->setValue(8);
    row->addWidget(spin);
    row->addStretch();

    row = page.row(Gallery::tr("Field"));
    auto* plain = new Field(Gallery::tr("Name"), &page);
    plain->edit()->setPlaceholderText(Gallery::tr("What to call it"));
    plain->setHint(Gallery::tr("Shown in the list of chats."));
    row->addWidget(plain, 1, Qt::AlignTop);
    auto* filled = new Field(Gallery::tr("Folder"), &page);
    filled->setText(QStringLiteral("~/models"));
    row->addWidget(filled, 1, Qt::AlignTop);
    auto* refused = new Field(Gallery::tr("Port"), &page);
    refused->setText(QStringLiteral("80"));
    refused->setError(Gallery::tr("Ports below 1024 need administrator rights."));
    row->addWidget(refused, 1, Qt::AlignTop);
    auto* disabled = new Field(Gallery::tr("Disabled"), &page);
    disabled->setText(QStringLiteral("127.0.0.1"));
    disabled->setEnabled(false);
    row->addWidget(disabled, 1, Qt::AlignTop);

    row = page.row(Gallery::tr("Slider"));
    auto* temperature = new Slider(Gallery::tr("Temperature"), {0.0, 2.0, 0.05, 2, {}}, &page);
    temperature->setValue(0.7);
    row->addWidget(temperature, 1);
    auto* topP = new Slider(Gallery::tr("Top-p"), {0.0, 1.0, 0.01, 2, {}}, &page);
    topP->setValue(0.95);
    row->addWidget(new Pose(topP, Pose::State::Focused, &page), 1);
    auto* off =
        new Slider(Gallery::tr("Disabled"), {0.0, 100.0, 1.0, 0, QStringLiteral("%")}, &page);
    off->setValue(40);
    off->setEnabled(false);
    row->addWidget(off, 1);
}

void addFacts(Page& page) {
    QHBoxLayout* row = page.row(Gallery::tr("Chip"));
    row->addWidget(new Chip(QStringLiteral("W4 · 5.1 GB"), &page));
    auto* dot = new Chip(Gallery::tr("Fits"), &page);
    dot->setDot(ColorRole::Ok);
    row->addWidget(dot);
    auto* warned = new Chip(Gallery::tr("Split"), &page);
    warned->setDot(ColorRole::Warn);
    row->addWidget(warned);
    auto* chosen = new Chip(Gallery::tr("Chosen"), &page);
    chosen->setCheckable(true);
    chosen->setChecked(true);
    row->addWidget(chosen);
    auto* removable = new Chip(QStringLiteral("notes.md"), &page);
    removable->setRemovable(true);
    row->addWidget(removable);
    auto* disabled = new Chip(Gallery::tr("Disabled"), &page);
    disabled->setEnabled(false);
    row->addWidget(disabled);
    row->addStretch();

    row = page.row(Gallery::tr("Progress"));
    auto* some = new Progress(Gallery::tr("Download"), &page);
    some->setShare(0.61);
    row->addWidget(some, 1);
    auto* busy = new Progress(Gallery::tr("Loading"), &page);
    busy->setRange(0, 0);
    row->addWidget(busy, 1);

    row = page.row(Gallery::tr("Meter"));
    for (const auto& [share, text] : {std::pair(0.10, "3.1k / 32k"), std::pair(0.84, "27k / 32k"),
                                      std::pair(0.98, "31.4k / 32k")}) {
        auto* meter = new Meter(Gallery::tr("Context"), &page);
        meter->setValue(share, QString::fromLatin1(text));
        row->addWidget(meter, 1);
    }
}

void addNotices(Page& page) {
    QHBoxLayout* row = page.row(Gallery::tr("Banner"));
    auto* column = new QVBoxLayout;
    row->addLayout(column, 1);
    column->addWidget(new Banner(Banner::Kind::Info,
                                 Gallery::tr("The model is loading; your message waits for it."),
                                 QString(), &page));
    column->addWidget(new Banner(Banner::Kind::Ok, Gallery::tr("Saved to ~/models/qwen-8b-w4."),
                                 Gallery::tr("Show"), &page));
    auto* warning = new Banner(Banner::Kind::Warning, Gallery::tr("The context is 84% full."),
                               Gallery::tr("Raise"), &page);
    warning->setClosable(true);
    column->addWidget(warning);
    auto* error = new Banner(Banner::Kind::Error, Gallery::tr("Needs 9.4 GB, 7.8 free."),
                             Gallery::tr("Use 8k context"), &page);
    error->setAlternative(Gallery::tr("Not now"));
    column->addWidget(error);

    row = page.row(Gallery::tr("Card"));
    auto* card = new Card(&page);
    card->body()->addWidget(
        new Label(QStringLiteral("SmolLM2 135M"), TextStyle::UiStrong, ColorRole::Text, card));
    card->body()->addWidget(new Label(Gallery::tr("Small, for trying · 98 MB · 小模型"),
                                      TextStyle::Caption, ColorRole::Muted, card));
    auto* use = new Button(Gallery::tr("Use"), ButtonKind::Primary, card);
    card->body()->addWidget(use, 0, Qt::AlignLeft);
    row->addWidget(card, 1);
    row->addWidget(new Skeleton(4, &page), 1);
    auto* codes = new QVBoxLayout;
    codes->addWidget(
        new CodeHeaderSample({QStringLiteral("python"), CodeHeader::Copy::Hovered}, &page));
    codes->addWidget(
        new CodeHeaderSample({QStringLiteral("cpp"), CodeHeader::Copy::Copied}, &page));
    row->addLayout(codes, 1);

    row = page.row(Gallery::tr("Empty state"));
    row->addWidget(new EmptyState(Icon::Chats, Gallery::tr("No chats yet"),
                                  Gallery::tr("Ask something: it stays on this machine."),
                                  Gallery::tr("New chat"), &page));
    row->addStretch();

    row = page.row(Gallery::tr("Type"));
    auto* types = new QVBoxLayout;
    row->addLayout(types, 1);
    for (const TextStyle style : {TextStyle::Display, TextStyle::Title, TextStyle::Chat,
                                  TextStyle::Ui, TextStyle::Caption, TextStyle::Code})
        types->addWidget(new Label(QStringLiteral("A quiet hearth, 0123456789 — 直接与模型对话 🔥"),
                                   style, ColorRole::Text, &page));
}

} // namespace

Gallery::Gallery(QWidget* parent)
    : QScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    auto* page = new Page(this);
    page->column()->addWidget(
        new Label(tr("Components"), TextStyle::Display, ColorRole::Text, page));
    addButtons(*page, tr("Button"), ButtonKind::Plain);
    addButtons(*page, tr("Primary"), ButtonKind::Primary);
    addButtons(*page, tr("Quiet"), ButtonKind::Quiet);
    addButtons(*page, tr("Danger"), ButtonKind::Danger);
    addIconButtons(*page);
    addChoices(*page);
    addInputs(*page);
    addFacts(*page);
    addNotices(*page);
    setWidget(page);
}

QSize Gallery::contentSize() const {
    return widget()->sizeHint().expandedTo(widget()->minimumSize());
}

} // namespace hearth::ui
