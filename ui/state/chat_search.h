#pragma once

#include "state/chat_records.h"

class QSqlDatabase;

namespace hearth::ui {

/// The `most` newest chats with all words of `text` in the title or in one message; see
/// ChatDatabase::search().
[[nodiscard]] QList<SearchHit> searchChats(const QSqlDatabase& database, const QString& text,
                                           int most);

} // namespace hearth::ui
