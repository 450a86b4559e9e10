#include "view/components/gallery.h"

#include "view/components/gallery_sheet.h"
#include "view/components/label.h"
#include "view/theme/paint.h"

#include <QAbstractButton>
#include <QEvent>
#include <QHBoxLayout>

namespace hearth::ui {
namespace {

constexpr int kWidth = 1120;

/// Keeps the real pointer from changing what is posed.
class PoseKeeper : public QObject {
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Enter || event->type() == QEvent::Leave)
            return true;
        return QObject::eventFilter(watched, event);
    }
};

} // namespace

void pose(QWidget* widget, Pose how) {
    widget->installEventFilter(new PoseKeeper(widget));
    widget->setAttribute(Qt::WA_TransparentForMouseEvents);
    widget->setAttribute(Qt::WA_UnderMouse, how != Pose::Focused);
    if (how == Pose::Focused)
        poseFocused(*widget);
    if (auto* button = qobject_cast<QAbstractButton*>(widget); button && how == Pose::Pressed)
        button->setDown(true);
}

GallerySheet::GallerySheet(QWidget* parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this)) {
    setFixedWidth(kWidth);
    m_column->setContentsMargins(space::k2xl, space::k2xl, space::k2xl, space::k2xl);
    m_column->setSpacing(space::kLg);
    m_column->addWidget(
        new Label(Gallery::tr("Components"), TextStyle::Display, ColorRole::Text, this));
}

QHBoxLayout* GallerySheet::row(const QString& caption) {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kMd);
    auto* label = new Label(caption, TextStyle::Caption, ColorRole::Muted, this);
    label->setWordWrap(true);
    label->setFixedWidth(2 * space::k3xl);
    row->addWidget(label);
    m_column->addLayout(row);
    return row;
}

Gallery::Gallery(QWidget* parent)
    : QScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    auto* sheet = new GallerySheet(this);
    addButtonSamples(*sheet);
    addChoiceSamples(*sheet);
    addInputSamples(*sheet);
    addFactSamples(*sheet);
    addListSamples(*sheet);
    addNoticeSamples(*sheet);
    addOverlaySamples(*sheet);
    addTypeSamples(*sheet);
    setWidgetResizable(true);
    setWidget(sheet);
}

QSize Gallery::contentSize() const {
    return {kWidth, widget()->heightForWidth(kWidth)};
}

} // namespace hearth::ui
