#include "view/pages/chat_list_delegate.h"

#include "state/chat_list_model.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>

namespace hearth::ui {

namespace {

constexpr int kHeadingHeight = 32;
constexpr int kDotSide = 7;

int headingHeight(const QModelIndex& index) {
    return index.data(ChatListModel::FirstOfSectionRole).toBool() ? kHeadingHeight : 0;
}

QString headingText(const QModelIndex& index) {
    switch (static_cast<ChatSection>(index.data(ChatListModel::SectionRole).toInt())) {
    case ChatSection::Pinned:
        return ChatListDelegate::tr("Pinned");
    case ChatSection::Today:
        return ChatListDelegate::tr("Today");
    case ChatSection::Yesterday:
        return ChatListDelegate::tr("Yesterday");
    case ChatSection::Week:
        return ChatListDelegate::tr("Previous 7 days");
    case ChatSection::Earlier:
        break;
    }
    return ChatListDelegate::tr("Earlier");
}

} // namespace

QRect ChatListDelegate::bodyRect(const QRect& item, const QModelIndex& index) {
    return item.adjusted(0, headingHeight(index), 0, 0);
}

QRect ChatListDelegate::menuRect(const QRect& item, const QModelIndex& index) {
    const QRect body = bodyRect(item, index);
    return {body.right() - size::kControl, body.top(), size::kControl, body.height()};
}

void ChatListDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const {
    const Tokens& tokens = Theme::current().tokens();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect body = bodyRect(option.rect, index);
    if (body.top() > option.rect.top()) {
        const QRect heading(option.rect.left() + space::kSm, option.rect.top(),
                            option.rect.width() - space::kLg, kHeadingHeight);
        paintText(*painter, heading, TextStyle::CaptionStrong, tokens.muted, headingText(index));
    }
    const bool isCurrent = index.data(ChatListModel::CurrentRole).toBool();
    const bool isHovered = option.state.testFlag(QStyle::State_MouseOver);
    const QRectF row = QRectF(body).adjusted(0, 1, 0, -1);
    if (isCurrent || isHovered)
        paintPanel(*painter, row, radius::kControl, tokens.wash(isCurrent ? 2.0 : 1.0));
    if (option.state.testFlag(QStyle::State_HasFocus) &&
        option.state.testFlag(QStyle::State_KeyboardFocusChange))
        paintFocusRing(*painter, row, radius::kControl);

    QRectF text = row.adjusted(space::kSm, 0, -space::kSm, 0);
    if (isHovered || isCurrent) {
        const QRect menu = menuRect(option.rect, index);
        const QPixmap dots = iconPixmap(Icon::More, tokens.muted, size::kIconSmall,
                                        painter->device()->devicePixelRatioF());
        painter->drawPixmap(menu.center().x() - size::kIconSmall / 2,
                            menu.center().y() - size::kIconSmall / 2 + 1, dots);
        text.setRight(menu.left());
    }
    if (index.data(ChatListModel::BusyRole).toBool()) {
        const QRectF dot(text.right() - kDotSide, row.center().y() - kDotSide / 2.0, kDotSide,
                         kDotSide);
        paintPanel(*painter, dot, kDotSide / 2.0, tokens.accent);
        text.setRight(dot.left() - space::kXs);
    }
    paintText(*painter, text, isCurrent ? TextStyle::UiStrong : TextStyle::Ui, tokens.text,
              withoutControls(index.data().toString()));
    painter->restore();
}

QSize ChatListDelegate::sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
    return {option.rect.width(), size::kRow - space::kXs + headingHeight(index)};
}

void ChatListDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                            const QModelIndex& index) const {
    editor->setGeometry(bodyRect(option.rect, index).adjusted(0, 1, 0, -1));
}

} // namespace hearth::ui
