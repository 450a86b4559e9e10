#include "view/components/meter.h"

#include "view/components/accessible.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>

namespace hearth::ui {
namespace {

constexpr double kAmberFrom = 0.80;
constexpr double kRedFrom = 0.95;
constexpr int kBarWidth = 72;

} // namespace

Meter::Meter(const QString& name, QWidget* parent)
    : QWidget(parent) {
    registerAccessibleComponents();
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(name);
}

void Meter::setValue(double share, const QString& text) {
    m_share = share;
    m_text = text;
    setToolTip(plainToolTip(QStringLiteral("%1: %2").arg(accessibleName(), text)));
    setAccessibleDescription(text);
    updateGeometry();
    update();
}

QSize Meter::sizeHint() const {
    const QFontMetrics metrics(Theme::current().font(TextStyle::Figure));
    return {kBarWidth + space::kSm + metrics.horizontalAdvance(m_text) + 1,
            qMax(Theme::current().lineHeight(TextStyle::Figure), size::kProgress)};
}

QSize Meter::minimumSizeHint() const {
    return sizeHint();
}

void Meter::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    const QFontMetrics metrics(Theme::current().font(TextStyle::Figure));
    const int words = metrics.horizontalAdvance(m_text) + 1;
    const QColor meaning = m_share >= kRedFrom ? t.error : m_share >= kAmberFrom ? t.warn : t.muted;
    const QRectF bar(0, (height() - size::kProgress) / 2.0, width() - words - space::kSm,
                     size::kProgress);
    paintPanel(painter, bar, bar.height() / 2, blend(t.sunken, t.borderStrong, 0.22));
    QRectF filled = bar;
    filled.setWidth(bar.width() * qBound(0.0, m_share, 1.0));
    if (filled.width() > 0) {
        filled.setWidth(qMax(filled.width(), bar.height()));
        paintPanel(painter, filled, bar.height() / 2, meaning);
    }
    paintText(painter, QRectF(width() - words, 0, words, height()), TextStyle::Figure, meaning,
              m_text);
}

} // namespace hearth::ui
