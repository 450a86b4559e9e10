#include "view/components/section.h"

#include "view/components/accessible.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractButton>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace hearth::ui {

class Section::Header : public QAbstractButton {
public:
    explicit Header(Section* section)
        : QAbstractButton(section)
        , m_section(section) {
        setFocusPolicy(Qt::StrongFocus);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }

    void setSummary(const QString& summary) {
        m_summary = summary;
        describe();
        update();
    }

    void describe() {
        const QString state = m_section->isExpanded() ? Section::tr("Open") : Section::tr("Folded");
        setAccessibleDescription(m_summary.isEmpty() ? state
                                                     : Section::tr("%1, %2").arg(state, m_summary));
    }

    QSize sizeHint() const override {
        const QFontMetrics metrics(Theme::current().font(TextStyle::UiStrong));
        return {metrics.horizontalAdvance(text()) + size::kIconSmall + 3 * space::kSm,
                qMax(static_cast<int>(size::kControl),
                     Theme::current().lineHeight(TextStyle::UiStrong) + space::kMd)};
    }

protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& t = Theme::current().tokens();
        QPainter painter(this);
        if (!isEnabled())
            painter.setOpacity(kDisabledOpacity);
        const bool hovered = underMouse() && isEnabled();
        if (hovered || isDown())
            paintPanel(painter, rect(), radius::kControl, t.wash(isDown() ? 2.0 : 1.0));
        painter.drawPixmap(
            QPointF(space::kXs, (height() - size::kIconSmall) / 2.0),
            iconPixmap(m_section->isExpanded() ? Icon::ChevronDown : Icon::ChevronRight,
                       hovered ? t.text : t.muted, size::kIconSmall, devicePixelRatioF()));
        QRectF room = QRectF(rect()).adjusted(size::kIconSmall + 2 * space::kXs, 0, -space::kSm, 0);
        if (!m_summary.isEmpty()) {
            const QFontMetricsF words(Theme::current().font(TextStyle::UiStrong));
            QRectF right = room;
            right.setLeft(
                qMin(room.right(), room.left() + words.horizontalAdvance(text()) + space::kMd));
            paintText(painter, right, TextStyle::Caption, t.muted, m_summary,
                      Qt::AlignRight | Qt::AlignVCenter);
        }
        paintText(painter, room, TextStyle::UiStrong, t.text, text());
        if (showsFocusRing(*this))
            paintFocusRing(painter, rect(), radius::kControl);
    }

    void keyPressEvent(QKeyEvent* event) override {
        const int key = event->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter)
            click();
        else if (key == Qt::Key_Left || key == Qt::Key_Right)
            m_section->setExpanded(key == Qt::Key_Right);
        else
            QAbstractButton::keyPressEvent(event);
    }

    void enterEvent(QEnterEvent* event) override {
        QAbstractButton::enterEvent(event);
        update();
    }

    void leaveEvent(QEvent* event) override {
        QAbstractButton::leaveEvent(event);
        update();
    }

private:
    Section* m_section;
    QString m_summary;
};

Section::Section(const QString& title, const QString& key, QWidget* parent)
    : QWidget(parent)
    , m_key(key)
    , m_header(new Header(this))
    , m_content(new QWidget(this))
    , m_body(new QVBoxLayout(m_content)) {
    registerAccessibleComponents();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kXs);
    column->addWidget(m_header);
    column->addWidget(m_content);
    m_body->setContentsMargins(space::kSm, space::kXs, space::kSm, space::kMd);
    m_body->setSpacing(space::kMd);
    setTitle(title);
    connect(m_header, &QAbstractButton::clicked, this, [this] { setExpanded(!m_expanded); });
    m_header->describe();
}

void Section::setTitle(const QString& title) {
    m_header->setText(title);
    m_header->setAccessibleName(title);
    m_header->updateGeometry();
}

void Section::setSummary(const QString& summary) {
    m_header->setSummary(summary);
}

void Section::setExpanded(bool expanded) {
    if (expanded == m_expanded)
        return;
    m_expanded = expanded;
    m_content->setVisible(expanded);
    m_header->describe();
    m_header->update();
    emit expandedChanged(m_key, expanded);
}

} // namespace hearth::ui
