#pragma once

#include "state/chat_records.h"

#include <QString>
#include <QStringList>

namespace hearth::ui {

/// The text as the word index takes it: characters of scripts written without blanks (Chinese,
/// Japanese, Korean) stand alone, so that any of them, and any two, are found.
[[nodiscard]] QString spacedWords(const QString& text);

/// All that a message is found by: its text and that of its attachments, within a limit.
[[nodiscard]] QString wordsOf(const MessageRecord& message);

/// What a person searches for, as the word index understands it.
struct WordQuery {
    QString match;     ///< FTS5 expression; empty: no word in it.
    QStringList exact; ///< LIKE patterns for what holds more than letters and digits ("C++").
};
[[nodiscard]] WordQuery wordQuery(const QString& text);

/// A piece of `text` around the first place where a word of `searched` stands, on one line. Empty:
/// none of them is there.
[[nodiscard]] QString snippetAround(const QString& text, const QString& searched);

} // namespace hearth::ui
