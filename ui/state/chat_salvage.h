#pragma once

#include <QString>

namespace hearth::ui {

class ChatDatabase;

/// Copies every chat and message that can still be read from a damaged database, row by row.
/// Returns how many messages it took over.
int salvageChats(const QString& damagedFile, ChatDatabase& into);

} // namespace hearth::ui
