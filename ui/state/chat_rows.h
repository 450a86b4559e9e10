#pragma once

#include "state/chat_records.h"

class QSqlQuery;

namespace hearth::ui {

inline constexpr char kChatColumns[] =
    "id, title, created, updated, deleted, settings, draft, leaf";
inline constexpr char kMessageColumns[] =
    "id, chat, parent, role, state, created, text, details";

/// From a row of kChatColumns; fields that cannot be understood keep their default.
[[nodiscard]] ChatRecord chatFromRow(const QSqlQuery& row);
/// From a row of kMessageColumns; likewise.
[[nodiscard]] MessageRecord messageFromRow(const QSqlQuery& row);

} // namespace hearth::ui
