#pragma once

#include <QString>

#include <optional>

class QSqlDatabase;

namespace hearth::ui {

/// The schema that this Hearth writes. 1: chats and messages. 2: folders, pins, archive, titles'
/// origin, summaries, attachments, and the word indices.
inline constexpr int kChatSchemaVersion = 2;

/// -1: can't be read; `detail` says why.
[[nodiscard]] int chatSchemaVersion(const QSqlDatabase& database, QString* detail);

/// The tables of `version` are there with their columns. True where they can't be read just now.
[[nodiscard]] bool hasChatColumns(const QSqlDatabase& database, int version, QString* detail);

/// Brings a database of version `from` (0: empty) to kChatSchemaVersion, in one transaction. One
/// that holds chats is first copied whole to `backup`; no copy stays on failure. Makes word indices
/// that are missing. Returns the database's words on failure.
[[nodiscard]] std::optional<QString> bringUpToDate(QSqlDatabase& database, int from,
                                                   const QString& backup);

/// Makes the word indices anew, in one transaction: for a file whose index is damaged.
[[nodiscard]] std::optional<QString> rebuildWordIndices(QSqlDatabase& database);

} // namespace hearth::ui
