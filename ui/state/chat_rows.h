#pragma once

#include "state/chat_records.h"

#include <QHash>

#include <array>

class QSqlQuery;

namespace hearth::ui {

/// Reads the rows of a query over chats. Columns are found by name, so that a file of an older
/// schema can be read as it is; fields that are missing or make no sense keep their default.
class ChatRows {
public:
    explicit ChatRows(const QSqlQuery& query);
    [[nodiscard]] ChatRecord read();

private:
    const QSqlQuery& m_query;
    std::array<int, 15> m_columns{};
    QHash<QString, ChatSettings> m_settings; ///< Most chats have the same.
};

/// Likewise over messages.
class MessageRows {
public:
    explicit MessageRows(const QSqlQuery& query);
    [[nodiscard]] MessageRecord read() const;

private:
    const QSqlQuery& m_query;
    std::array<int, 9> m_columns{};
};

} // namespace hearth::ui
