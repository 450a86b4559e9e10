#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/card.h"
#include "view/components/chip.h"
#include "view/components/code_header.h"
#include "view/components/composer_frame.h"
#include "view/components/dialog.h"
#include "view/components/empty_state.h"
#include "view/components/flow_layout.h"
#include "view/components/gallery_sheet.h"
#include "view/components/graph_tile.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/meter.h"
#include "view/components/popover.h"
#include "view/components/progress.h"
#include "view/components/row.h"
#include "view/components/section.h"
#include "view/components/skeleton.h"
#include "view/components/slider.h"
#include "view/components/text_area.h"
#include "view/components/toast.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QHBoxLayout>
#include <QPainter>

#include <cmath>
#include <utility>

namespace hearth::ui {
namespace {

constexpr int kStageHeight = 264;
constexpr int kForLong = 24 * 3600 * 1000;

class CodeHeaderSample : public QWidget {
public:
    CodeHeaderSample(CodeHeader header, QWidget* parent)
        : QWidget(parent)
        , m_header(std::move(header)) {
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
                  TextStyle::Code, t.text, QStringLiteral("if (a != b) return x >= 1;"));
    }

private:
    CodeHeader m_header;
};

/// As pages/composer puts it together.
ComposerFrame* composer(QWidget* parent, const QString& text, double share, const QString& used) {
    auto* frame = new ComposerFrame(parent);
    auto* chips = new QWidget(frame);
    auto* flow = new FlowLayout(chips);
    for (const auto& [name, tokens] :
         {std::pair("report.md", "1,204"), std::pair("main.cpp", "388")}) {
        auto* chip = new Chip(QString::fromLatin1(name), chips);
        chip->setGlyph(Icon::FileText);
        chip->setDetail(Gallery::tr("%1 tokens").arg(QString::fromLatin1(tokens)));
        chip->setRemovable(true);
        flow->addWidget(chip);
    }
    auto* field = new TextArea(Gallery::tr("Message"), frame);
    field->setFrameless();
    field->setLines(1, 4);
    field->setPlaceholderText(Gallery::tr("Write a message…"));
    field->setText(text);
    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(space::kSm);
    bottom->addWidget(new IconButton(Icon::Attach, Gallery::tr("Attach a file"), frame));
    auto* hint = new Label(Gallery::tr("Enter sends, Shift+Enter begins a line"),
                           TextStyle::Caption, ColorRole::Muted, frame);
    hint->setElided(true);
    bottom->addWidget(hint, 1);
    auto* meter = new Meter(Gallery::tr("Context"), frame);
    meter->setValue(share, used);
    bottom->addWidget(meter);
    auto* send = new IconButton(text.isEmpty() ? Icon::Stop : Icon::Send,
                                text.isEmpty() ? Gallery::tr("Stop") : Gallery::tr("Send"), frame);
    send->setPrimary(true);
    bottom->addWidget(send);
    frame->body()->addWidget(chips);
    frame->body()->addWidget(field);
    frame->body()->addLayout(bottom);
    return frame;
}

void addChips(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Chip"));
    auto* flow = new FlowLayout;
    row->addLayout(flow, 1);
    const auto chip = [&](const QString& text) {
        auto* made = new Chip(text, &sheet);
        flow->addWidget(made);
        return made;
    };
    chip(QStringLiteral("W4 · 5.1 GB"));
    chip(Gallery::tr("Fits"))->setDot(ColorRole::Ok);
    chip(Gallery::tr("Split"))->setDot(ColorRole::Warn);
    chip(Gallery::tr("Too large"))->setDot(ColorRole::Error);
    auto* free = chip(Gallery::tr("Not chosen"));
    free->setCheckable(true);
    auto* chosen = chip(Gallery::tr("Chosen"));
    chosen->setCheckable(true);
    chosen->setChecked(true);
    const auto removable = [&](const QString& text) {
        auto* made = chip(text);
        made->setGlyph(Icon::Tag);
        made->setRemovable(true);
        return made;
    };
    removable(QStringLiteral("tax"));
    pose(removable(Gallery::tr("Hovered")), Pose::Hovered);
    pose(removable(Gallery::tr("Focused")), Pose::Focused);
    auto* crossed = removable(Gallery::tr("Over the cross"));
    pose(crossed->findChild<QAbstractButton*>(), Pose::Hovered);
    chip(Gallery::tr("Disabled"))->setEnabled(false);
}

void addMeters(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Progress"));
    auto* some = new Progress(Gallery::tr("Download"), &sheet);
    some->setShare(0.61);
    row->addWidget(some, 1);
    auto* busy = new Progress(Gallery::tr("Loading"), &sheet);
    busy->setRange(0, 0);
    row->addWidget(busy, 1);

    row = sheet.row(Gallery::tr("Meter"));
    for (const auto& [share, text] : {std::pair(0.10, "3.1k / 32k"), std::pair(0.84, "27k / 32k"),
                                      std::pair(0.98, "31.4k / 32k")}) {
        auto* meter = new Meter(Gallery::tr("Context"), &sheet);
        meter->setValue(share, QString::fromLatin1(text));
        row->addWidget(meter, 1);
    }

    row = sheet.row(Gallery::tr("Graph tile"));
    const auto graph = [&](const QString& title, const QString& figure, ColorRole role) {
        auto* made = new GraphTile(title, &sheet);
        made->setFigure(figure);
        made->setColor(role);
        row->addWidget(made, 1);
        return made;
    };
    std::vector<float> wave(GraphTile::kPoints);
    for (std::size_t i = 0; i < wave.size(); ++i)
        wave[i] = 160.0F + 50.0F * std::sin(static_cast<float>(i) * 0.045F) +
                  12.0F * std::sin(static_cast<float>(i) * 0.61F);
    graph(Gallery::tr("Decode"), QStringLiteral("212 tok/s"), ColorRole::Accent)->setValues(wave);
    wave.resize(wave.size() / 2);
    for (float& value : wave)
        value = value > 190 ? 4100.0F : 20.0F;
    graph(Gallery::tr("Prefill"), QStringLiteral("4.1k tok/s"), ColorRole::Series2)
        ->setValues(wave);
    graph(Gallery::tr("KV blocks"), QStringLiteral("–"), ColorRole::Series3);
}

} // namespace

void addFactSamples(GallerySheet& sheet) {
    addChips(sheet);
    addMeters(sheet);
}

void addListSamples(GallerySheet& sheet) {
    QHBoxLayout* line = sheet.row(Gallery::tr("Row"));
    auto* rows = new QVBoxLayout;
    rows->setSpacing(0);
    const auto row = [&](Icon glyph, const QString& text, const QString& detail) {
        auto* made = new Row(text, &sheet);
        made->setGlyph(glyph);
        made->setDetail(detail);
        rows->addWidget(made);
        return made;
    };
    row(Icon::FileText, QStringLiteral("SmolLM2 135M"), QStringLiteral("98 MB"));
    pose(row(Icon::FileText, Gallery::tr("Hovered"), QStringLiteral("5.1 GB")), Pose::Hovered);
    auto* chosen = row(Icon::FileText, Gallery::tr("Chosen"), QStringLiteral("39 GB"));
    chosen->setCheckable(true);
    chosen->setChecked(true);
    pose(row(Icon::FileText, Gallery::tr("Focused"), {}), Pose::Focused);
    row(Icon::Folder, QStringLiteral("A name that does not fit because it never ends"),
        QStringLiteral("/srv/models/shared"))
        ->setTrailing(new Button(Gallery::tr("Use"), ButtonKind::Plain));
    row(Icon::Disk, Gallery::tr("Disabled"), QStringLiteral("2 GB"))->setEnabled(false);
    line->addLayout(rows, 1);
    auto* sections = new QVBoxLayout;
    auto* open = new Section(Gallery::tr("Sampling"), QStringLiteral("open"), &sheet);
    auto* slider = new Slider(Gallery::tr("Temperature"), {0.0, 2.0, 0.05, 2, {}}, open);
    slider->setValue(0.8);
    open->body()->addWidget(slider);
    sections->addWidget(open);
    const auto folded = [&](const QString& title) {
        auto* made = new Section(title, QStringLiteral("folded"), &sheet);
        made->setSummary(QStringLiteral("3.1k / 32k"));
        made->setExpanded(false);
        sections->addWidget(made);
        return made->findChild<QAbstractButton*>();
    };
    folded(Gallery::tr("Context"));
    pose(folded(Gallery::tr("Hovered")), Pose::Hovered);
    pose(folded(Gallery::tr("Focused")), Pose::Focused);
    sections->addStretch();
    line->addLayout(sections, 1);

    line = sheet.row(Gallery::tr("Composer"));
    line->addWidget(composer(&sheet, QStringLiteral("What does this report leave out?"), 0.12,
                             QStringLiteral("3.9k / 32k")),
                    1);
    auto* focused = composer(&sheet, {}, 0.84, QStringLiteral("27k / 32k"));
    poseFocused(*focused);
    line->addWidget(focused, 1);
}

void addNoticeSamples(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Banner"));
    auto* column = new QVBoxLayout;
    row->addLayout(column, 1);
    column->addWidget(new Banner(Banner::Kind::Info,
                                 Gallery::tr("The model is loading; your message waits for it."),
                                 QString(), &sheet));
    column->addWidget(new Banner(Banner::Kind::Ok, Gallery::tr("Saved to ~/models/qwen-8b-w4."),
                                 Gallery::tr("Show"), &sheet));
    auto* warning = new Banner(Banner::Kind::Warning, Gallery::tr("The context is 84% full."),
                               Gallery::tr("Raise"), &sheet);
    warning->setClosable(true);
    column->addWidget(warning);
    auto* error =
        new Banner(Banner::Kind::Error, withJoinedUnits(Gallery::tr("Needs 9.4 GB, 7.8 free.")),
                   Gallery::tr("Use 8k context"), &sheet);
    error->setAlternative(Gallery::tr("Not now"));
    column->addWidget(error);

    row = sheet.row(Gallery::tr("Card"));
    auto* card = new Card(&sheet);
    card->body()->addWidget(
        new Label(QStringLiteral("SmolLM2 135M"), TextStyle::UiStrong, ColorRole::Text, card));
    card->body()->addWidget(new Label(Gallery::tr("Small, for trying · 98 MB · 小模型"),
                                      TextStyle::Caption, ColorRole::Muted, card));
    auto* use = new Button(Gallery::tr("Use"), ButtonKind::Primary, card);
    card->body()->addWidget(use, 0, Qt::AlignLeft);
    row->addWidget(card, 1, Qt::AlignTop);
    row->addWidget(new Skeleton(4, &sheet), 1);
    auto* codes = new QVBoxLayout;
    for (const auto copy :
         {CodeHeader::Copy::Rest, CodeHeader::Copy::Hovered, CodeHeader::Copy::Copied})
        codes->addWidget(new CodeHeaderSample({QStringLiteral("cpp"), copy}, &sheet));
    row->addLayout(codes, 1);

    row = sheet.row(Gallery::tr("Empty state"));
    row->addWidget(new EmptyState(Icon::Chats, Gallery::tr("No chats yet"),
                                  Gallery::tr("Ask something: it stays on this machine."),
                                  Gallery::tr("New chat"), &sheet));
    row->addStretch();
}

void addOverlaySamples(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Dialog, toast"));
    for (const bool isDangerous : {false, true}) {
        auto* stage = new Card(&sheet);
        stage->setFixedHeight(kStageHeight);
        Dialog::makeStage(*stage);
        row->addWidget(stage, 1);
        auto* dialog =
            isDangerous
                ? new Dialog(stage, {Gallery::tr("Delete 3 chats?"),
                                     Gallery::tr("They go for good after ten seconds.")})
                : new Dialog(stage,
                             {Gallery::tr("Raise the context to 16k?"),
                              Gallery::tr("The model is loaded again; this takes a moment.")});
        dialog->addButton({Gallery::tr("Cancel"), ButtonKind::Plain});
        dialog->addButton(isDangerous
                              ? DialogButton{Gallery::tr("Delete"), ButtonKind::Danger}
                              : DialogButton{Gallery::tr("Load again"), ButtonKind::Primary});
        dialog->open();
    }
    auto* floor = new QWidget(&sheet);
    floor->setMinimumSize(size::kList, kStageHeight);
    row->addWidget(floor, 1);
    auto* popover = new Popover(floor);
    popover->setWindowFlags(Qt::Widget);
    popover->body()->addWidget(
        new Label(Gallery::tr("Popover"), TextStyle::UiStrong, ColorRole::Text, popover));
    popover->body()->addWidget(new Label(Gallery::tr("Esc or a click elsewhere closes it."),
                                         TextStyle::Caption, ColorRole::Muted, popover));
    popover->adjustSize();
    auto* toast = new Toast(floor);
    toast->show(Gallery::tr("Chat deleted"), Gallery::tr("Undo"), {}, {}, kForLong);
}

void addTypeSamples(GallerySheet& sheet) {
    QHBoxLayout* row = sheet.row(Gallery::tr("Type"));
    auto* types = new QVBoxLayout;
    row->addLayout(types, 1);
    for (const TextStyle style :
         {TextStyle::Display, TextStyle::Title, TextStyle::Chat, TextStyle::Ui, TextStyle::Caption,
          TextStyle::Code, TextStyle::Figure})
        types->addWidget(
            new Label(QStringLiteral("A quiet hearth, 0123456789 — 直接与模型对话 🔥 != => ->"),
                      style, ColorRole::Text, &sheet));
}

} // namespace hearth::ui
