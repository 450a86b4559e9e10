#include "view/components/empty_state.h"

#include "view/components/button.h"
#include "view/components/label.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QVBoxLayout>

namespace hearth::ui {
namespace {

constexpr int kMedallion = 64;
constexpr int kGlyph = 28;
constexpr int kWidest = 420;

} // namespace

class EmptyState::Glyph : public QWidget {
public:
    Glyph(Icon glyph, QWidget* parent)
        : QWidget(parent)
        , m_icon(glyph) {
        setFixedSize(kMedallion, kMedallion);
    }

    void showApplicationMark() {
        m_isMark = true;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        if (m_isMark) {
            applicationIcon().paint(&painter, rect());
            return;
        }
        const Tokens& t = Theme::current().tokens();
        paintPanel(painter, rect(), kMedallion / 2.0, t.sunken, t.border);
        painter.drawPixmap(QPointF((kMedallion - kGlyph) / 2.0, (kMedallion - kGlyph) / 2.0),
                           iconPixmap(m_icon, t.muted, kGlyph, devicePixelRatioF()));
    }

private:
    Icon m_icon;
    bool m_isMark = false;
};

EmptyState::EmptyState(Icon glyph, const QString& title, const QString& text,
                       const QString& actionText, QWidget* parent)
    : QWidget(parent)
    , m_glyph(new Glyph(glyph, this))
    , m_title(new Label(title, TextStyle::Title, ColorRole::Text, this))
    , m_text(new Label(text, TextStyle::Ui, ColorRole::Muted, this))
    , m_action(new Button(actionText, ButtonKind::Primary, this)) {
    for (Label* label : {m_title, m_text}) {
        label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
        label->setWordWrap(true);
    }
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kXl, space::kXl, space::kXl, space::kXl);
    column->setSpacing(space::kSm);
    column->addStretch(2);
    column->addWidget(m_glyph, 0, Qt::AlignHCenter);
    column->addSpacing(space::kSm);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addSpacing(space::kSm);
    column->addWidget(m_action, 0, Qt::AlignHCenter);
    column->addStretch(3);
    connect(m_action, &QPushButton::clicked, this, &EmptyState::actionTriggered);
    setContent(title, text, actionText);
}

void EmptyState::setContent(const QString& title, const QString& text, const QString& actionText) {
    m_title->setText(title);
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
    m_action->setText(actionText);
    m_action->setVisible(!actionText.isEmpty());
}

void EmptyState::resizeEvent(QResizeEvent* event) {
    const int side = qMax<int>(space::kXl, (width() - kWidest) / 2);
    const QMargins margins(side, space::kXl, side, space::kXl);
    if (layout()->contentsMargins() != margins)
        layout()->setContentsMargins(margins);
    // The words go before the picture.
    const int picture = m_glyph->isHidden() ? kMedallion + 2 * space::kSm : 0;
    m_glyph->setVisible(height() >= layout()->totalHeightForWidth(width()) + picture);
    QWidget::resizeEvent(event);
}

QSize EmptyState::sizeHint() const {
    const int width = kWidest + 2 * space::kXl;
    return {width, layout()->totalHeightForWidth(width)};
}

/// Small: a page of a stack that is not shown must not take room from what is.
QSize EmptyState::minimumSizeHint() const {
    return {3 * space::k3xl, 2 * space::k3xl};
}

void EmptyState::setApplicationMark() {
    m_glyph->showApplicationMark();
}

} // namespace hearth::ui
