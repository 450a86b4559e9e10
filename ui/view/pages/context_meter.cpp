#include "view/pages/context_meter.h"

#include "view/components/meter.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>

namespace hearth::ui {

ContextMeter::ContextMeter(QWidget* parent)
    : QAbstractButton(parent)
    , m_meter(new Meter({}, this)) {
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    m_meter->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(space::kSm, 0, space::kSm, 0);
    layout->addWidget(m_meter);
    retranslate();
}

void ContextMeter::setValue(qint64 used, qint64 total) {
    m_used = used;
    m_total = total;
    const double share = total > 0 ? static_cast<double>(used) / static_cast<double>(total) : 0.0;
    m_meter->setValue(share, tokensText(used) + QStringLiteral(" / ") + tokensText(total));
    const QLocale locale;
    setToolTip(tr("%1 of %2 tokens of context, with the system prompt and what is written here")
                   .arg(locale.toString(used), locale.toString(total)));
    setAccessibleDescription(toolTip());
    updateGeometry();
}

QSize ContextMeter::sizeHint() const {
    return {m_meter->sizeHint().width() + 2 * space::kSm, size::kControl};
}

void ContextMeter::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (underMouse() || isDown())
        paintPanel(painter, rect(), radius::kControl,
                   Theme::current().tokens().wash(isDown() ? 2.0 : 1.0));
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), radius::kControl);
}

void ContextMeter::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void ContextMeter::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void ContextMeter::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

void ContextMeter::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QAbstractButton::changeEvent(event);
}

void ContextMeter::retranslate() {
    setAccessibleName(tr("Context used"));
    m_meter->setAccessibleName(tr("Context used"));
    setValue(m_used, m_total);
}

} // namespace hearth::ui
