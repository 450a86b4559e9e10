#include "view/pages/server/request_delegate.h"

#include "state/request_log.h"
#include "view/pages/server/request_texts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractItemView>
#include <QCursor>
#include <QHelpEvent>
#include <QKeySequence>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kButtonHeight = 24;
constexpr int kNarrow = 620;         ///< Below, there is no room for who asked.
/// Of the room between the time and the buttons, at most.
constexpr qreal kPathShare = 0.5;
constexpr qreal kClientShare = 0.2;

QString pathText(const ServedRequest& request) {
    return withoutControls(QString::fromStdString(request.method + " " + request.path));
}

qreal textWidth(TextStyle style, const QString& text) {
    // A pixel more: paintText() elides what only just fits.
    return QFontMetricsF(Theme::current().font(style)).horizontalAdvance(text) + 1;
}

} // namespace

RequestDelegate::RequestDelegate(const RequestFilter& requests, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_requests(requests) {}

void RequestDelegate::measure(int first, int last) {
    for (int row = first; row <= last; ++row) {
        const ServedRequest& request = m_requests.at(row);
        m_pathWidth = std::max(m_pathWidth, textWidth(TextStyle::Ui, pathText(request)));
        m_clientWidth =
            std::max(m_clientWidth, textWidth(TextStyle::Caption, requestClientText(request)));
    }
}

void RequestDelegate::measureAll() {
    m_pathWidth = m_clientWidth = 0;
    measure(0, m_requests.rowCount() - 1);
}

QString RequestDelegate::buttonText(Button button) {
    return button == Button::View ? tr("View") : QStringLiteral("curl");
}

QRect RequestDelegate::buttonRect(const QRect& item, Button button) const {
    const auto width = [](Button which) {
        return qRound(textWidth(TextStyle::Caption, buttonText(which))) + 2 * space::kSm;
    };
    int right = item.right() - space::kSm;
    if (button == Button::View)
        right -= width(Button::Curl) + space::kXs;
    const int wide = width(button);
    return {right - wide, item.top() + (item.height() - kButtonHeight) / 2, wide, kButtonHeight};
}

RequestDelegate::Button RequestDelegate::buttonAt(const QRect& item, const QPoint& position) const {
    for (const Button button : {Button::View, Button::Curl})
        if (buttonRect(item, button).contains(position))
            return button;
    return Button::None;
}

void RequestDelegate::paintGround(QPainter& painter, const QStyleOptionViewItem& option) const {
    const Tokens& tokens = Theme::current().tokens();
    const QRectF row = QRectF(option.rect).adjusted(0, 1, 0, -1);
    const bool isCurrent = option.state.testFlag(QStyle::State_Selected);
    if (isCurrent || option.state.testFlag(QStyle::State_MouseOver))
        paintPanel(painter, row, radius::kControl, tokens.wash(isCurrent ? 2.0 : 1.0));
    if (option.state.testFlag(QStyle::State_HasFocus) && option.widget != nullptr &&
        showsFocusRing(*option.widget))
        paintFocusRing(painter, row, radius::kControl);
}

void RequestDelegate::paintButtons(QPainter& painter, const QStyleOptionViewItem& option) const {
    const Tokens& tokens = Theme::current().tokens();
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    const bool isHovered = option.state.testFlag(QStyle::State_MouseOver) && view != nullptr;
    const QPoint pointer =
        isHovered ? view->viewport()->mapFromGlobal(QCursor::pos()) : QPoint(-1, -1);
    for (const Button button : {Button::View, Button::Curl}) {
        const QRect rect = buttonRect(option.rect, button);
        const bool isUnder = rect.contains(pointer);
        paintPanel(painter, rect, radius::kControl, isUnder ? tokens.wash(2.0) : tokens.surface,
                   tokens.border);
        paintText(painter, rect, TextStyle::Caption, isUnder ? tokens.text : tokens.muted,
                  buttonText(button), Qt::AlignCenter);
    }
}

void RequestDelegate::paintColumns(QPainter& painter, const QRect& item,
                                   const QModelIndex& index) const {
    const ServedRequest& request = m_requests.at(index.row());
    const Tokens& tokens = Theme::current().tokens();
    QRectF room = QRectF(item).adjusted(space::kSm, 1, 0, -1);
    room.setRight(buttonRect(item, Button::View).left() - space::kMd);
    const auto take = [&room](qreal width) {
        QRectF taken = room;
        taken.setWidth(std::min(width, room.width()));
        room.setLeft(taken.right() + space::kMd);
        return taken;
    };
    paintText(painter, take(textWidth(TextStyle::Figure, QStringLiteral("00:00"))),
              TextStyle::Figure, tokens.muted, requestTimeText(request, false));
    const qreal whole = room.width();
    paintText(painter, take(std::min(m_pathWidth, whole * kPathShare)), TextStyle::Ui, tokens.text,
              pathText(request));
    paintText(painter, take(textWidth(TextStyle::Figure, QStringLiteral("000"))), TextStyle::Figure,
              tokens.color(requestStatusRole(request)), QString::number(request.status));
    if (item.width() >= kNarrow) {
        QRectF client = room;
        client.setLeft(room.right() - std::min(m_clientWidth, whole * kClientShare));
        room.setRight(client.left() - space::kMd);
        paintText(painter, client, TextStyle::Caption, tokens.muted, requestClientText(request));
    }
    const bool isWrong = hasFailed(request);
    paintText(painter, room, isWrong ? TextStyle::Caption : TextStyle::Figure,
              isWrong ? tokens.error : tokens.muted, requestOutcomeText(request, m_context));
}

void RequestDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintGround(*painter, option);
    paintButtons(*painter, option);
    paintColumns(*painter, option.rect, index);
    painter->restore();
}

QSize RequestDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    const int line = Theme::current().lineHeight(TextStyle::Ui) + space::kLg;
    return {option.rect.width(), std::max<int>(size::kRow, line)};
}

QString RequestDelegate::hint(const QModelIndex& index) const {
    const ServedRequest& request = m_requests.at(index.row());
    QStringList lines;
    lines += requestTimeText(request, true) + QLatin1Char(' ') +
             QString::fromStdString(request.method + " " + request.path);
    lines += QString::fromStdString(request.agent.empty() ? request.client
                                                          : request.client + ", " + request.agent);
    const QString problem = requestProblemText(request, m_context);
    lines += problem.isEmpty() ? requestOutcomeText(request, m_context) : problem;
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
}

bool RequestDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view,
                                const QStyleOptionViewItem& option, const QModelIndex& index) {
    if (event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QString text;
    switch (buttonAt(option.rect, event->pos())) {
    case Button::View:
        text = tr("View the request (Enter)");
        break;
    case Button::Curl:
        text = tr("Copy as a line for a terminal (%1)")
                   .arg(QKeySequence(QKeySequence::Copy).toString(QKeySequence::NativeText));
        break;
    case Button::None:
        text = plainToolTip(withoutControls(hint(index)));
        break;
    }
    QToolTip::showText(event->globalPos(), text, view);
    return true;
}

} // namespace hearth::ui
