#include "view/pages/drop_curtain.h"

#include "view/pages/attachment_reader.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QPainter>

namespace hearth::ui {

namespace {

constexpr double kOpacity = 0.92;

} // namespace

DropCurtain::DropCurtain(QWidget* parent) : QWidget(parent) {
    setAcceptDrops(true);
    hide();
}

void DropCurtain::paintEvent(QPaintEvent*) {
    const Tokens& tokens = Theme::current().tokens();
    QPainter painter(this);
    QColor ground = tokens.canvas;
    ground.setAlphaF(kOpacity);
    painter.fillRect(rect(), ground);
    const QRectF frame = QRectF(rect()).adjusted(space::kLg, space::kLg, -space::kLg, -space::kLg);
    paintPanel(painter, frame, radius::kComposer, tokens.tint(tokens.accent), tokens.accent, 2.0);
    const QPointF center = frame.center();
    painter.drawPixmap(QPointF(center.x() - size::kControl / 2.0, center.y() - size::kRow),
                       iconPixmap(Icon::FileText, tokens.accent, size::kControl,
                                  devicePixelRatioF()));
    paintText(painter, QRectF(frame.left(), center.y(), frame.width(), size::kRow),
              TextStyle::UiStrong, tokens.text, tr("Drop text files to attach them"),
              Qt::AlignHCenter | Qt::AlignVCenter);
}

void DropCurtain::dragEnterEvent(QDragEnterEvent* event) {
    if (!localFiles(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void DropCurtain::dragLeaveEvent(QDragLeaveEvent*) {
    hide();
}

void DropCurtain::dropEvent(QDropEvent* event) {
    hide();
    event->acceptProposedAction();
    emit dropped(localFiles(*event->mimeData()));
}

} // namespace hearth::ui
