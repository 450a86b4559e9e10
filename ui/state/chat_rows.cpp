#include "state/chat_rows.h"

#include <QJsonDocument>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QVariant>

namespace hearth::ui {

namespace {

enum ChatColumn {
    Id,
    Title,
    Created,
    Updated,
    Deleted,
    Settings,
    Draft,
    Leaf,
    TitleIsOurs,
    Pinned,
    Archived,
    Folder,
    Summary,
    SummaryThrough,
    DraftAttachments,
};
constexpr std::array kChatColumns = {
    "id",       "title",  "created", "updated",         "deleted",
    "settings", "draft",  "leaf",    "title_is_ours",   "pinned",
    "archived", "folder", "summary", "summary_through", "draft_attachments"};

enum MessageColumn { MId, MChat, MParent, MRole, MState, MCreated, MText, MDetails, MAttachments };
constexpr std::array kMessageColumns = {"id",      "chat", "parent",  "role",       "state",
                                        "created", "text", "details", "attachments"};

template<std::size_t N>
void findColumns(const QSqlQuery& query, const std::array<const char*, N>& names,
                 std::array<int, N>& columns) {
    const QSqlRecord record = query.record();
    for (std::size_t i = 0; i < N; ++i)
        columns[i] = record.indexOf(QLatin1String(names[i]));
}

QVariant valueAt(const QSqlQuery& query, int column) {
    return column < 0 ? QVariant() : query.value(column);
}

QJsonDocument toJson(const QVariant& value) {
    return QJsonDocument::fromJson(value.toString().toUtf8());
}

template<typename Enum>
Enum toEnum(const QVariant& value, Enum last, Enum fallback) {
    bool isNumber = false;
    const int number = value.toInt(&isNumber);
    return isNumber && number >= 0 && number <= static_cast<int>(last) ? static_cast<Enum>(number)
                                                                       : fallback;
}

} // namespace

ChatRows::ChatRows(const QSqlQuery& query)
    : m_query(query) {
    findColumns(query, kChatColumns, m_columns);
}

ChatRecord ChatRows::read() {
    const auto value = [this](ChatColumn column) { return valueAt(m_query, m_columns[column]); };
    ChatRecord chat;
    chat.id = value(Id).toLongLong();
    chat.title = value(Title).toString();
    chat.createdMs = value(Created).toLongLong();
    chat.updatedMs = value(Updated).toLongLong();
    chat.deletedMs = value(Deleted).toLongLong();
    const QString settings = value(Settings).toString();
    auto known = m_settings.constFind(settings);
    if (known == m_settings.cend())
        known = m_settings.insert(settings, ChatSettings::fromJson(toJson(settings).object()));
    chat.settings = *known;
    chat.draft = value(Draft).toString();
    chat.leaf = value(Leaf).toLongLong();
    chat.titleIsOurs = m_columns[TitleIsOurs] < 0 || value(TitleIsOurs).toInt() != 0;
    chat.pinned = value(Pinned).toInt() != 0;
    chat.archived = value(Archived).toInt() != 0;
    chat.folder = value(Folder).toString();
    chat.summary = value(Summary).toString();
    chat.summaryThrough = value(SummaryThrough).toLongLong();
    if (const QString attachments = value(DraftAttachments).toString(); attachments.size() > 2)
        chat.draftAttachments = attachmentsFromJson(toJson(attachments).array());
    return chat;
}

MessageRows::MessageRows(const QSqlQuery& query)
    : m_query(query) {
    findColumns(query, kMessageColumns, m_columns);
}

MessageRecord MessageRows::read() const {
    const auto value = [this](MessageColumn column) { return valueAt(m_query, m_columns[column]); };
    MessageRecord message;
    message.id = value(MId).toLongLong();
    message.chat = value(MChat).toLongLong();
    message.parent = value(MParent).toLongLong();
    message.role = toEnum(value(MRole), MessageRole::Assistant, MessageRole::User);
    message.state = toEnum(value(MState), ReplyState::Failed, ReplyState::Complete);
    message.createdMs = value(MCreated).toLongLong();
    message.text = value(MText).toString();
    message.setDetails(toJson(value(MDetails)).object());
    if (const QString attachments = value(MAttachments).toString(); attachments.size() > 2)
        message.attachments = attachmentsFromJson(toJson(attachments).array());
    return message;
}

} // namespace hearth::ui
