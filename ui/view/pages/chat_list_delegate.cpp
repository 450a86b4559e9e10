#include "view/pages/chat_list_delegate.h"

#include "state/chat_list_model.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QLineEdit>
#include <QPainter>
#include <QTextLayout>
#include <QToolTip>

namespace hearth::ui {

namespace {

constexpr int kHeadingHeight = 32;
constexpr int kDotSide = 7;
constexpr int kSnippetLines = 2;

int headingHeight(const QModelIndex& index) {
    return index.data(ChatListModel::FirstOfSectionRole).toBool() ? kHeadingHeight : 0;
}

int titleHeight() {
    return qMax(size::kRow - space::kXs, Theme::current().lineHeight(TextStyle::Ui) + space::kLg);
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

QString snippetOf(const QModelIndex& index) {
    return withoutControls(index.data(ChatListModel::SnippetRole).toString().simplified());
}

/// Where the words stand in a text, in the look of what stands out.
QList<QTextLayout::FormatRange> emphasis(const QString& text, const QStringList& words) {
    QTextLayout::FormatRange range;
    range.format.setFontWeight(QFont::DemiBold);
    range.format.setForeground(Theme::current().tokens().text);
    QList<QTextLayout::FormatRange> ranges;
    for (const QString& word : words) {
        for (auto at = text.indexOf(word, 0, Qt::CaseInsensitive); at >= 0;
             at = text.indexOf(word, at + word.size(), Qt::CaseInsensitive)) {
            range.start = static_cast<int>(at);
            range.length = static_cast<int>(word.size());
            ranges += range;
        }
    }
    return ranges;
}

} // namespace

QRect ChatListDelegate::bodyRect(const QRect& item, const QModelIndex& index) {
    return item.adjusted(0, headingHeight(index), 0, 0);
}

QRect ChatListDelegate::menuRect(const QRect& item, const QModelIndex& index) {
    const QRect body = bodyRect(item, index);
    return {body.right() - size::kControl, body.top(), size::kControl, titleHeight()};
}

void ChatListDelegate::setWords(const QString& words) {
    m_words = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
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
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    const bool isChosen = option.state.testFlag(QStyle::State_Selected) && view != nullptr &&
                          view->selectionModel()->selectedRows().size() > 1;
    const bool isCurrent = index.data(ChatListModel::CurrentRole).toBool();
    const bool isHovered = option.state.testFlag(QStyle::State_MouseOver);
    const QRectF row = QRectF(body).adjusted(0, 1, 0, -1);
    if (isChosen)
        paintPanel(*painter, row, radius::kControl, tokens.tint(tokens.accent));
    if (isCurrent || isHovered)
        paintPanel(*painter, row, radius::kControl, tokens.wash(isCurrent ? 2.0 : 1.0));
    if (option.state.testFlag(QStyle::State_HasFocus) && view != nullptr && showsFocusRing(*view))
        paintFocusRing(*painter, row, radius::kControl);

    QRectF title = row.adjusted(space::kSm, 0, -space::kSm, 0);
    title.setHeight(titleHeight() - 2);
    paintTitle(*painter, title, option, index);
    if (const QString snippet = snippetOf(index); !snippet.isEmpty()) {
        QRectF below = row.adjusted(space::kSm, 0, -space::kSm, -space::kSm);
        below.setTop(title.bottom() - space::kXs);
        paintSnippet(*painter, below, snippet);
    }
    painter->restore();
}

void ChatListDelegate::paintTitle(QPainter& painter, QRectF line,
                                  const QStyleOptionViewItem& option,
                                  const QModelIndex& index) const {
    const Tokens& tokens = Theme::current().tokens();
    const qreal pixelRatio = painter.device()->devicePixelRatioF();
    const bool isCurrent = index.data(ChatListModel::CurrentRole).toBool();
    if (isCurrent || option.state.testFlag(QStyle::State_MouseOver)) {
        const QRect menu = menuRect(option.rect, index);
        const QPixmap dots = iconPixmap(Icon::More, tokens.muted, size::kIconSmall, pixelRatio);
        painter.drawPixmap(menu.center().x() - size::kIconSmall / 2,
                           menu.center().y() - size::kIconSmall / 2 + 1, dots);
        line.setRight(menu.left());
    }
    if (index.data(ChatListModel::BusyRole).toBool()) {
        const QRectF dot(line.right() - kDotSide, line.center().y() - kDotSide / 2.0, kDotSide,
                         kDotSide);
        paintPanel(painter, dot, kDotSide / 2.0, tokens.accent);
        line.setRight(dot.left() - space::kXs);
    }
    const bool isSearch = !index.data(ChatListModel::SnippetRole).toString().isEmpty();
    if (isSearch && index.data(ChatListModel::ArchivedRole).toBool()) {
        painter.drawPixmap(QPointF(line.left(), line.center().y() - size::kIconSmall / 2.0),
                           iconPixmap(Icon::Archive, tokens.muted, size::kIconSmall, pixelRatio));
        line.setLeft(line.left() + size::kIconSmall + space::kXs);
    }
    // The field in which it is renamed has no ground of its own.
    const auto* const view = qobject_cast<const QAbstractItemView*>(option.widget);
    if (view != nullptr && view->isPersistentEditorOpen(index))
        return;
    paintText(painter, line, isCurrent ? TextStyle::UiStrong : TextStyle::Ui, tokens.text,
              withoutControls(index.data().toString()));
}

void ChatListDelegate::paintSnippet(QPainter& painter, const QRectF& rect,
                                    const QString& snippet) const {
    QTextLayout lines;
    lines.setFormats(emphasis(snippet, m_words));
    breakLines(lines, snippet, TextStyle::Caption, rect.width());
    painter.save();
    painter.setClipRect(rect);
    painter.setPen(Theme::current().tokens().muted);
    for (int line = 0; line < qMin(kSnippetLines, lines.lineCount()); ++line)
        lines.lineAt(line).draw(&painter, rect.topLeft());
    painter.restore();
}

QSize ChatListDelegate::sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
    int height = titleHeight() + headingHeight(index);
    if (!index.data(ChatListModel::SnippetRole).toString().isEmpty())
        height += kSnippetLines * Theme::current().lineHeight(TextStyle::Caption) + space::kXs;
    return {option.rect.width(), height};
}

void ChatListDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const {
    if (auto* field = qobject_cast<QLineEdit*>(editor))
        field->setText(withoutControls(index.data(Qt::EditRole).toString()));
}

void ChatListDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                            const QModelIndex& index) const {
    QRect row = bodyRect(option.rect, index).adjusted(0, 1, 0, -1);
    row.setHeight(titleHeight() - 2);
    editor->setGeometry(row);
}

bool ChatListDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view,
                                 const QStyleOptionViewItem& option, const QModelIndex& index) {
    if (event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QStringList lines{withoutControls(index.data().toString()).toHtmlEscaped()};
    if (const QString folder = index.data(ChatListModel::FolderRole).toString(); !folder.isEmpty())
        lines += tr("In “%1”").arg(withoutControls(folder)).toHtmlEscaped();
    // Within a tag, so that what is escaped is read as such.
    QToolTip::showText(event->globalPos(),
                       QStringLiteral("<qt>%1</qt>").arg(lines.join(QLatin1String("<br>"))), view);
    return true;
}

} // namespace hearth::ui
