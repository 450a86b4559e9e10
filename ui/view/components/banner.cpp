#include "view/components/banner.h"

#include "view/components/accessible.h"
#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QPainter>

namespace hearth::ui {

namespace {

/// Text of less width stands above the buttons instead of beside them.
constexpr int kLeastTextWidth = 320;

} // namespace

Banner::Banner(Kind kind, const QString& text, const QString& actionText, QWidget* parent)
    : QWidget(parent)
    , m_kind(kind)
    , m_text(new Label(text, TextStyle::Ui, ColorRole::Text, this))
    , m_action(new Button(actionText, ButtonKind::Plain, this))
    , m_alternative(new Button({}, ButtonKind::Quiet, this))
    , m_close(new IconButton(Icon::Close, tr("Dismiss"), this, IconButton::Size::Small))
    , m_body(new QBoxLayout(QBoxLayout::LeftToRight))
    , m_buttons(new QHBoxLayout) {
    registerAccessibleComponents();
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kMd + size::kIcon + space::kSm, space::kSm, space::kSm,
                            space::kSm);
    row->setSpacing(space::kSm);
    m_text->setWordWrap(true);
    m_buttons->setSpacing(space::kSm);
    m_buttons->addWidget(m_alternative);
    m_buttons->addWidget(m_action);
    m_body->setSpacing(space::kSm);
    m_body->addWidget(m_text, 1);
    m_body->addLayout(m_buttons);
    row->addLayout(m_body, 1);
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
    arrange();
    update();
}

void Banner::setAlternative(const QString& actionText) {
    m_alternative->setText(actionText);
    m_alternative->setVisible(!actionText.isEmpty());
    arrange();
}

void Banner::setClosable(bool closable) {
    m_close->setVisible(closable);
    arrange();
}

void Banner::arrange() {
    int buttons = 0;
    for (const QWidget* button :
         {static_cast<const QWidget*>(m_alternative), static_cast<const QWidget*>(m_action)})
        if (!button->isHidden())
            buttons += button->sizeHint().width() + space::kSm;
    const int close = m_close->isHidden() ? 0 : m_close->sizeHint().width() + space::kSm;
    const int row = layout()->contentsRect().width() - close;
    const int text = m_text->fontMetrics().horizontalAdvance(m_text->text());
    const bool isNarrow = buttons > 0 && row - buttons < qMin(text, kLeastTextWidth);
    m_body->setDirection(isNarrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    const bool isTight = isNarrow && buttons - space::kSm > row;
    m_buttons->setDirection(isTight ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    m_body->setAlignment(m_buttons, isNarrow ? Qt::AlignRight : Qt::AlignVCenter);
    layout()->setAlignment(m_close, isNarrow ? Qt::AlignTop : Qt::AlignVCenter);
}

void Banner::resizeEvent(QResizeEvent* event) {
    arrange();
    QWidget::resizeEvent(event);
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
    painter.drawPixmap(QPointF(space::kMd, m_text->geometry().center().y() - size::kIcon / 2.0),
                       iconPixmap(glyph, meaning, size::kIcon, devicePixelRatioF()));
}

} // namespace hearth::ui
