#include "view/components/banner.h"

#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QHBoxLayout>
#include <QPainter>

namespace hearth::ui {

Banner::Banner(Kind kind, const QString& text, const QString& actionText, QWidget* parent)
    : QWidget(parent)
    , m_kind(kind)
    , m_text(new Label(text, TextStyle::Ui, ColorRole::Text, this))
    , m_action(new Button(actionText, ButtonKind::Plain, this))
    , m_alternative(new Button({}, ButtonKind::Quiet, this))
    , m_close(new IconButton(Icon::Close, tr("Dismiss"), this, IconButton::Size::Small)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kMd + size::kIcon + space::kSm, space::kSm, space::kSm,
                            space::kSm);
    row->setSpacing(space::kSm);
    m_text->setWordWrap(true);
    row->addWidget(m_text, 1);
    row->addWidget(m_alternative);
    row->addWidget(m_action);
    row->addWidget(m_close);
    setTabOrder(m_alternative, m_action);
    connect(m_action, &QPushButton::clicked, this, &Banner::actionTriggered);
    connect(m_alternative, &QPushButton::clicked, this, &Banner::alternativeTriggered);
    connect(m_close, &QToolButton::clicked, this, [this] {
        hide();
        emit closed();
    });
    setClosable(false);
    setAlternative({});
    setContent(kind, text, actionText);
}

void Banner::setContent(Kind kind, const QString& text, const QString& actionText) {
    m_kind = kind;
    m_text->setText(text);
    m_action->setText(actionText);
    m_action->setVisible(!actionText.isEmpty());
    setAccessibleName(text);
    setMinimumHeight(size::kControl + 2 * space::kSm);
    update();
}

void Banner::setAlternative(const QString& actionText) {
    m_alternative->setText(actionText);
    m_alternative->setVisible(!actionText.isEmpty());
}

void Banner::setClosable(bool closable) {
    m_close->setVisible(closable);
}

ColorRole Banner::role() const {
    switch (m_kind) {
    case Kind::Info:
        return ColorRole::Series2;
    case Kind::Ok:
        return ColorRole::Ok;
    case Kind::Warning:
        return ColorRole::Warn;
    case Kind::Error:
        return ColorRole::Error;
    }
    return ColorRole::Muted;
}

void Banner::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    const QColor meaning = t.color(role());
    QPainter painter(this);
    paintPanel(painter, rect(), radius::kCard, t.tint(meaning), blend(t.border, meaning, 0.35));
    const Icon glyph = m_kind == Kind::Error     ? Icon::Error
                       : m_kind == Kind::Warning ? Icon::Warning
                       : m_kind == Kind::Ok      ? Icon::Check
                                                 : Icon::Info;
    painter.drawPixmap(QPointF(space::kMd, (height() - size::kIcon) / 2.0),
                       iconPixmap(glyph, meaning, size::kIcon, devicePixelRatioF()));
}

} // namespace hearth::ui
