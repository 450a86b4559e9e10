#include "view/components/card.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QVBoxLayout>

namespace hearth::ui {

Card::Card(QWidget* parent)
    : QFrame(parent)
    , m_body(new QVBoxLayout(this)) {
    setFrameShape(QFrame::NoFrame);
    m_body->setContentsMargins(space::kLg, space::kLg, space::kLg, space::kLg);
    m_body->setSpacing(space::kMd);
}

void Card::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    paintPanel(painter, rect(), radius::kCard, t.surface, t.border);
}

} // namespace hearth::ui
