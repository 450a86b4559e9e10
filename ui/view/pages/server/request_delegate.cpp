#include "view/pages/server/request_delegate.h"

#include "state/request_log.h"
#include "view/pages/server/server_texts.h"
#include "view/pages/texts.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kButtons = 2;
constexpr int kNarrow = 620;        ///< Below, there is no room for who asked.
constexpr double kPathShare = 0.36; ///< Of the room between the time and the buttons.
constexpr double kClientShare = 0.18;

QRect buttonRect(const QRect& item, int button) {
    const int left = item.right() - (kButtons - button) * size::kControl;
    return {left, item.top() + (item.height() - size::kControl) / 2, size::kControl, size::kControl};
}

qreal figureWidth(const QString& text) {
    return QFontMetricsF(Theme::current().font(TextStyle::Figure)).horizontalAdvance(text);
}

} // namespace

RequestDelegate::RequestDelegate(const RequestFilter& requests, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_requests(requests) {}

RequestDelegate::Button RequestDelegate::buttonAt(const QRect& item, const QPoint& position) {
    if (buttonRect(item, 0).contains(position))
        return Button::View;
    return buttonRect(item, 1).contains(position) ? Button::Curl : Button::None;
}

void RequestDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const ServedRequest& request = m_requests.at(index.row());
    const Tokens& tokens = Theme::current().tokens();
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF row = QRectF(option.rect).adjusted(0, 1, 0, -1);
    const bool isHovered = option.state.testFlag(QStyle::State_MouseOver);
    const bool isCurrent = option.state.testFlag(QStyle::State_Selected);
    if (isHovered || isCurrent)
        paintPanel(*painter, row, radius::kControl, tokens.wash(isCurrent ? 2.0 : 1.0));
    if (option.state.testFlag(QStyle::State_HasFocus) && view != nullptr && showsFocusRing(*view))
        paintFocusRing(*painter, row, radius::kControl);
    if (isHovered || isCurrent) {
        const Icon icons[kButtons] = {Icon::Eye, Icon::Copy};
        for (int i = 0; i < kButtons; ++i) {
            const QPixmap icon = iconPixmap(icons[i], tokens.muted, size::kIconSmall,
                                            painter->device()->devicePixelRatioF());
            const QPoint centre = buttonRect(option.rect, i).center();
            painter->drawPixmap(centre.x() - size::kIconSmall / 2 + 1,
                                centre.y() - size::kIconSmall / 2 + 1, icon);
        }
    }

    QRectF room = row.adjusted(space::kSm, 0, -kButtons * size::kControl - space::kSm, 0);
    const auto take = [&room](qreal width) {
        QRectF taken = room;
        taken.setWidth(std::min(width, room.width()));
        room.setLeft(taken.right() + space::kMd);
        return taken;
    };
    const bool hasClient = row.width() >= kNarrow;
    paintText(*painter, take(figureWidth(QStringLiteral("00:00"))), TextStyle::Figure, tokens.muted,
              requestTimeText(request, false));
    const qreal whole = room.width();
    const QString what = QString::fromStdString(request.method + " " + request.path);
    paintText(*painter, take(whole * kPathShare), TextStyle::Ui, tokens.text, withoutControls(what));
    paintText(*painter, take(figureWidth(QStringLiteral("000"))), TextStyle::Figure,
              tokens.color(requestStatusRole(request.status)), QString::number(request.status));
    QRectF outcome = room;
    if (hasClient) {
        QRectF client = room;
        client.setLeft(room.right() - whole * kClientShare);
        outcome.setRight(client.left() - space::kMd);
        paintText(*painter, client, TextStyle::Caption, tokens.muted, requestClientText(request));
    }
    const bool isWrong = isErrorStatus(request.status);
    paintText(*painter, outcome, isWrong ? TextStyle::Caption : TextStyle::Figure,
              isWrong ? tokens.error : tokens.muted, requestOutcomeText(request, m_context));
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
    if (const QString outcome = requestOutcomeText(request, m_context); !outcome.isEmpty())
        lines += outcome;
    if (isTooLong(request, m_context) && !request.error.empty())
        lines += QString::fromStdString(request.error);
    return lines.join(QLatin1Char('\n'));
}

bool RequestDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view,
                                const QStyleOptionViewItem& option, const QModelIndex& index) {
    if (event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QString text;
    switch (buttonAt(option.rect, event->pos())) {
    case Button::View:
        text = tr("View the request");
        break;
    case Button::Curl:
        text = tr("Copy as curl");
        break;
    case Button::None:
        text = plainToolTip(withoutControls(hint(index)));
        break;
    }
    QToolTip::showText(event->globalPos(), text, view);
    return true;
}

} // namespace hearth::ui
