#pragma once

#include <QString>

namespace hearth::ui::test {

/// Uses chats as a person does, in a hurry and without end: sends, stops, edits, writes drafts,
/// removes, imports. What may be shown as saved is told on stdout once it is, a line each:
///
///     ready                        the list is loaded
///     M CHAT MESSAGE HASH          the message is on disk
///     B CHAT HASH                  the draft is being written
///     T CHAT                       it is on disk
///     t CHAT HASH                  the draft will be on disk
///     D CHAT                       the chat is about to be removed
///     S CHAT MESSAGE LENGTH TIME   so much of a reply had been shown at TIME (steady, ms)
int useChatsUntilKilled(const QString& file, int seed);

[[nodiscard]] qint64 steadyMilliseconds();
[[nodiscard]] QString hashOf(const QString& text);

/// Chats of the file that is imported, and messages in each; their folder is kImported.
inline constexpr int kImportedChats = 3;
inline constexpr int kImportedMessages = 5;
inline constexpr char kImported[] = "imported";

} // namespace hearth::ui::test
