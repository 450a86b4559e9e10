#include "view/components/dialog.h"

#include "view/components/accessible.h"
#include "view/components/button.h"
#include "view/components/label.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>

#include <utility>

namespace hearth::ui {
namespace {

constexpr int kCardWidth = 440;
constexpr const char* kStageProperty = "hearthDialogStage";

QWidget* stageOf(QWidget* inside) {
    while (!inside->isWindow() && !inside->property(kStageProperty).toBool())
        inside = inside->parentWidget();
    return inside;
}

} // namespace

class Dialog::Sheet : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& t = Theme::current().tokens();
        QPainter painter(this);
        const QRectF card = QRectF(rect()).marginsRemoved(shadowMargins());
        paintShadow(painter, card, radius::kCard);
        paintPanel(painter, card, radius::kCard, t.surface, t.border);
    }
};

Dialog::Dialog(QWidget* inside, const DialogText& text)
    : QWidget(stageOf(inside))
    , m_sheet(new Sheet(this))
    , m_title(new Label(text.title, TextStyle::Title, ColorRole::Text, m_sheet))
    , m_text(new Label(text.text, TextStyle::Ui, ColorRole::Muted, m_sheet))
    , m_body(new QVBoxLayout)
    , m_row(new QHBoxLayout)
    , m_cardWidth(kCardWidth) {
    registerAccessibleComponents();
    setAccessibleName(text.title);
    setAccessibleDescription(text.text);
    setFocusPolicy(Qt::NoFocus);
    auto* column = new QVBoxLayout(m_sheet);
    column->setContentsMargins(shadowMargins() +
                               QMargins(space::kXl, space::kXl, space::kXl, space::kLg));
    column->setSpacing(space::kSm);
    m_title->setWordWrap(true);
    m_text->setWordWrap(true);
    m_text->setVisible(!text.text.isEmpty());
    m_body->setSpacing(space::kMd);
    m_row->setSpacing(space::kSm);
    m_row->addStretch(1);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addLayout(m_body);
    column->addSpacing(space::kMd);
    column->addLayout(m_row);
    m_dim.setStartValue(0.0);
    m_dim.setEndValue(1.0);
    connect(&m_dim, &QVariantAnimation::valueChanged, this, qOverload<>(&QWidget::update));
    connect(qApp, &QApplication::focusChanged, this,
            [this](QWidget*, QWidget* now) { keepFocus(now); });
    connect(&Theme::current(), &Theme::changed, this, &Dialog::place);
    parentWidget()->installEventFilter(this);
    hide();
}

Button* Dialog::addButton(const DialogButton& button) {
    auto* added = new Button(button.text, button.kind, m_sheet);
    const int place = static_cast<int>(m_buttons.size());
    m_buttons.append(added);
    m_row->addWidget(added);
    connect(added, &QAbstractButton::clicked, this, [this, place] { finish(place); });
    return added;
}

void Dialog::setCardWidth(int width) {
    m_cardWidth = width;
    place();
}

void Dialog::open(QWidget* first) {
    bool hasPrimary = false;
    for (Button* button : std::as_const(m_buttons))
        hasPrimary = hasPrimary || buttonKind(button) == ButtonKind::Primary;
    for (Button* button : std::as_const(m_buttons))
        if (hasPrimary && buttonKind(button) == ButtonKind::Danger)
            m_row->insertWidget(0, button);
    m_focusBefore = QApplication::focusWidget();
    place();
    show();
    raise();
    QAccessibleEvent begun(this, QAccessible::DialogStart);
    QAccessible::updateAccessibility(&begun);
    m_dim.setDuration(Theme::current().motion(motion::kPanel));
    if (m_dim.duration() > 0)
        m_dim.start();
    QWidget* target = first ? first : firstFocus();
    if (target)
        target->setFocus(Qt::TabFocusReason);
}

void Dialog::finish(int result) {
    if (std::exchange(m_isFinished, true))
        return;
    hide();
    if (m_focusBefore && m_focusBefore->isVisible())
        m_focusBefore->setFocus(Qt::OtherFocusReason);
    emit finished(result);
    deleteLater();
}

Dialog* Dialog::ask(QWidget* context, const DialogText& text, const QList<DialogButton>& buttons,
                    std::function<void(int)> answered) {
    auto* dialog = new Dialog(context, text);
    for (const DialogButton& button : buttons)
        dialog->addButton(button);
    if (answered)
        connect(dialog, &Dialog::finished, context, std::move(answered));
    dialog->open();
    return dialog;
}

void Dialog::makeStage(QWidget& widget) {
    widget.setProperty(kStageProperty, true);
}

Dialog* Dialog::openIn(const QWidget* window) {
    Dialog* innermost = nullptr;
    for (Dialog* dialog : window->findChildren<Dialog*>(Qt::FindDirectChildrenOnly))
        if (dialog->isVisible() && !dialog->m_isFinished)
            innermost = dialog; // Children are in the order in which they were raised.
    return innermost;
}

QList<QWidget*> Dialog::stops() const {
    QList<QWidget*> found;
    for (QWidget* widget = nextInFocusChain(); widget && widget != this;
         widget = widget->nextInFocusChain())
        if (m_sheet->isAncestorOf(widget) && widget->isVisible() && widget->isEnabled() &&
            (widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy())
            found.append(widget);
    return found;
}

QWidget* Dialog::firstFocus() const {
    QWidget* safe = nullptr;
    bool isDangerous = false;
    for (Button* button : m_buttons)
        isDangerous = isDangerous || buttonKind(button) == ButtonKind::Danger;
    for (QWidget* stop : stops()) {
        auto* button = qobject_cast<Button*>(stop);
        if (!button || !m_buttons.contains(button))
            return stop;
        const ButtonKind kind = buttonKind(button);
        const bool isWanted = isDangerous
                                  ? kind != ButtonKind::Danger && kind != ButtonKind::Primary
                                  : kind == ButtonKind::Primary;
        if (!safe || (isWanted && !m_buttons.isEmpty()))
            safe = button;
    }
    return safe;
}

bool Dialog::focusNextPrevChild(bool next) {
    const QList<QWidget*> all = stops();
    if (all.isEmpty())
        return true;
    const qsizetype count = all.size();
    const qsizetype now = all.indexOf(QApplication::focusWidget());
    const qsizetype target = now < 0 ? 0 : (now + (next ? 1 : count - 1)) % count;
    all.at(target)->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return true;
}

void Dialog::keepFocus(QWidget* now) {
    const bool isElsewhere = now && parentWidget()->isAncestorOf(now) && !isAncestorOf(now);
    if (!isVisible() || !isElsewhere || openIn(parentWidget()) != this)
        return;
    if (QWidget* target = firstFocus())
        target->setFocus(Qt::OtherFocusReason);
}

void Dialog::place() {
    const QRect all = parentWidget()->rect();
    setGeometry(all);
    const QMargins shadow = shadowMargins();
    const int widest = all.width() - 2 * space::kLg;
    const int width = qMin(m_cardWidth, widest) + shadow.left() + shadow.right();
    // Buttons that do not fit side by side stand one above the other, the main one on top.
    int buttons = -space::kSm;
    for (const Button* button : std::as_const(m_buttons))
        buttons += button->sizeHint().width() + space::kSm;
    const bool isTight = buttons > qMin(m_cardWidth, widest) - 2 * space::kXl;
    m_row->setDirection(isTight ? QBoxLayout::BottomToTop : QBoxLayout::LeftToRight);
    m_sheet->layout()->activate();
    const int wanted = m_sheet->layout()->hasHeightForWidth()
                           ? m_sheet->layout()->totalHeightForWidth(width)
                           : m_sheet->sizeHint().height();
    const int height = qMin(wanted, all.height());
    m_sheet->setGeometry((all.width() - width) / 2, (all.height() - height) / 2, width, height);
}

void Dialog::paintEvent(QPaintEvent*) {
    QColor dim = Theme::current().tokens().scrim();
    if (m_dim.state() == QAbstractAnimation::Running)
        dim.setAlphaF(dim.alphaF() * m_dim.currentValue().toFloat());
    QPainter(this).fillRect(rect(), dim);
}

void Dialog::keyPressEvent(QKeyEvent* event) {
    event->accept();
    if (event->key() == Qt::Key_Escape)
        return finish(kCancelled);
    if (event->key() != Qt::Key_Return && event->key() != Qt::Key_Enter)
        return;
    for (Button* button : std::as_const(m_buttons))
        if (buttonKind(button) == ButtonKind::Primary && button->isEnabled())
            return button->click();
}

void Dialog::mousePressEvent(QMouseEvent* event) {
    event->accept();
}

bool Dialog::event(QEvent* event) {
    switch (event->type()) {
    case QEvent::ShortcutOverride:
        // The window's shortcuts wait for the answer.
        event->accept();
        return true;
    case QEvent::LayoutRequest:
        place();
        return true;
    case QEvent::Wheel:
    case QEvent::ContextMenu:
        event->accept();
        return true;
    default:
        return QWidget::event(event);
    }
}

bool Dialog::eventFilter(QObject* watched, QEvent* event) {
    if (watched == parentWidget() && event->type() == QEvent::Resize)
        place();
    return QWidget::eventFilter(watched, event);
}

} // namespace hearth::ui
