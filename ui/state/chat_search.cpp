#include "state/chat_search.h"

#include "state/chat_words.h"

#include <QHash>
#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>

namespace hearth::ui {

namespace {

/// Messages that are looked at; a word that stands in more of them says little.
constexpr int kMostRows = 20'000;

struct Found {
    SearchHit hit;
    qint64 updatedMs = 0;
};
using FoundChats = QHash<RecordId, Found>;

/// "… MATCH ? AND … LIKE ? …", or the latter alone, over `words` or `title_words`.
QString conditions(const WordQuery& query, const QString& table) {
    QStringList all;
    if (!query.match.isEmpty())
        all.append(QStringLiteral("%1 MATCH ?").arg(table));
    for (qsizetype i = 0; i < query.exact.size(); ++i)
        all.append(QStringLiteral("%1.text LIKE ? ESCAPE '\\'").arg(table));
    return all.join(QLatin1String(" AND "));
}

void run(QSqlQuery& rows, const QString& statement, const WordQuery& query) {
    rows.setForwardOnly(true);
    if (!rows.prepare(statement))
        return;
    if (!query.match.isEmpty())
        rows.addBindValue(query.match);
    for (const QString& pattern : query.exact)
        rows.addBindValue(pattern);
    rows.exec();
}

/// Newest message first, so that the first of a chat is the one to show.
void findMessages(const QSqlDatabase& database, const WordQuery& query, int most,
                  FoundChats& found) {
    QSqlQuery rows(database);
    run(rows,
        QStringLiteral("SELECT m.id, m.chat, c.updated FROM words "
                       "CROSS JOIN messages m ON m.id = words.rowid "
                       "CROSS JOIN chats c ON c.id = m.chat "
                       "WHERE %1 AND c.deleted = 0 ORDER BY words.rowid DESC LIMIT %2")
            .arg(conditions(query, QStringLiteral("words")))
            .arg(kMostRows),
        query);
    while (found.size() < most && rows.next()) {
        const RecordId chat = rows.value(1).toLongLong();
        if (!found.contains(chat))
            found.insert(chat,
                         {{chat, rows.value(0).toLongLong(), {}}, rows.value(2).toLongLong()});
    }
}

void findTitles(const QSqlDatabase& database, const WordQuery& query, int most, FoundChats& found) {
    QSqlQuery rows(database);
    run(rows,
        QStringLiteral("SELECT c.id, c.updated FROM title_words "
                       "CROSS JOIN chats c ON c.id = title_words.rowid "
                       "WHERE %1 AND c.deleted = 0 ORDER BY c.updated DESC LIMIT %2")
            .arg(conditions(query, QStringLiteral("title_words")))
            .arg(most),
        query);
    while (rows.next()) {
        const RecordId chat = rows.value(0).toLongLong();
        if (!found.contains(chat))
            found.insert(chat, {{chat, 0, {}}, rows.value(1).toLongLong()});
    }
}

QString snippetOf(const QSqlQuery& row, const QString& searched) {
    const QString text = row.value(0).toString();
    QString snippet = snippetAround(text, searched);
    if (!snippet.isEmpty())
        return snippet;
    const QByteArray attachments = row.value(1).toString().toUtf8();
    for (const Attachment& attachment :
         attachmentsFromJson(QJsonDocument::fromJson(attachments).array())) {
        snippet = snippetAround(attachment.name + QLatin1Char('\n') + attachment.text, searched);
        if (!snippet.isEmpty())
            return snippet;
    }
    return snippetAround(text, text.left(1));
}

} // namespace

QList<SearchHit> searchChats(const QSqlDatabase& database, const QString& text, int most) {
    const WordQuery query = wordQuery(text);
    if (query.match.isEmpty() && query.exact.isEmpty())
        return {};
    FoundChats found;
    findMessages(database, query, most, found);
    findTitles(database, query, most, found);
    QList<Found> newest(found.cbegin(), found.cend());
    std::sort(newest.begin(), newest.end(),
              [](const Found& a, const Found& b) { return a.updatedMs > b.updatedMs; });
    newest.resize(std::min<qsizetype>(newest.size(), most));

    QSqlQuery rows(database);
    rows.setForwardOnly(true);
    rows.prepare(QStringLiteral("SELECT text, attachments FROM messages WHERE id = ?"));
    QList<SearchHit> hits;
    for (Found& chat : newest) {
        if (chat.hit.message != 0) {
            rows.bindValue(0, chat.hit.message);
            if (rows.exec() && rows.next())
                chat.hit.snippet = snippetOf(rows, text);
        }
        hits.append(chat.hit);
    }
    return hits;
}

} // namespace hearth::ui
