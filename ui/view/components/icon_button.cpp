#include "view/components/icon_button.h"

#include "view/theme/hearth_style.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QEvent>
#include <QKeyEvent>

namespace hearth::ui {
namespace {

constexpr int kSmallSide = 28;
constexpr int kRailSide = 40;

} // namespace

IconButton::IconButton(Icon glyph, const QString& name, QWidget* parent, Size size)
    : QToolButton(parent)
    , m_glyph(glyph)
    , m_size(size) {
    setFocusPolicy(Qt::StrongFocus);
    setAutoRaise(true);
    const int side = size == Size::Small ? size::kIconSmall : size::kIcon;
    setIconSize(QSize(side, side));
    setName(name);
    applyIcon();
    connect(this, &QToolButton::toggled, this, &IconButton::applyIcon);
}

void IconButton::setGlyph(Icon glyph) {
    m_glyph = glyph;
    applyIcon();
}

void IconButton::setName(const QString& name) {
    setToolTip(plainToolTip(name));
    setAccessibleName(name);
}

void IconButton::setPrimary(bool primary) {
    m_primary = primary;
    setButtonKind(*this, primary ? ButtonKind::Primary : ButtonKind::Plain);
    applyIcon();
}

QSize IconButton::sizeHint() const {
    const int side = m_size == Size::Small  ? kSmallSide
                     : m_size == Size::Rail ? kRailSide
                                            : size::kControl;
    return {side, side};
}

void IconButton::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        animateClick();
    else
        QToolButton::keyPressEvent(event);
}

bool IconButton::event(QEvent* event) {
    if (event->type() == QEvent::EnabledChange)
        applyIcon();
    return QToolButton::event(event);
}

void IconButton::applyIcon() {
    const ColorRole role = m_primary     ? ColorRole::OnAccent
                           : isChecked() ? ColorRole::Accent
                                         : ColorRole::Muted;
    setIcon(themeIcon(m_glyph, role));
}

} // namespace hearth::ui
