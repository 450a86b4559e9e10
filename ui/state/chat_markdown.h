#pragma once

#include <QByteArray>
#include <QString>

namespace hearth::ui {

struct ChatContents;

/// A chat to read: title, settings, and the turns of the branch that is shown, with attachments
/// folded away.
[[nodiscard]] QByteArray chatToMarkdown(const ChatContents& contents);

/// A name that every file system takes, without suffix.
[[nodiscard]] QString safeFileName(const QString& title);

} // namespace hearth::ui
