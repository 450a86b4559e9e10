#include "view/components/composer_frame.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QPainter>
#include <QVBoxLayout>

namespace hearth::ui {

ComposerFrame::ComposerFrame(QWidget* parent)
    : QWidget(parent)
    , m_body(new QVBoxLayout(this)) {
    m_body->setContentsMargins(space::kLg, space::kMd, space::kSm, space::kSm);
    m_body->setSpacing(space::kSm);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget* before, QWidget* now) {
        if ((before && isAncestorOf(before)) || (now && isAncestorOf(now)))
            update();
    });
    connect(&Theme::current(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ComposerFrame::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QWidget* focused = QApplication::focusWidget();
    const bool isWithin = (focused && isAncestorOf(focused)) || isPosedFocused(this);
    paintComposer(painter, rect(), isWithin ? Look::Focused : Look::Normal);
}

} // namespace hearth::ui
