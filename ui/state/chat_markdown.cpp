#include "state/chat_markdown.h"

#include "state/chat_prompt.h"
#include "state/chat_store.h"
#include "state/chat_transfer.h"

#include <QHash>
#include <QLocale>
#include <QRegularExpression>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr qsizetype kNameBytes = 120;

QString heading(const QString& title) {
    static const QRegularExpression kMarks(QStringLiteral("([\\\\`*_\\[\\]<>#])"));
    return QString(title).replace(kMarks, QStringLiteral("\\\\1"));
}

QList<const MessageRecord*> shownBranch(const ChatContents& contents) {
    QHash<RecordId, const MessageRecord*> known;
    for (const MessageRecord& message : contents.messages)
        known.insert(message.id, &message);
    QList<const MessageRecord*> branch;
    for (RecordId id = contents.chat.leaf; known.contains(id);) {
        branch.prepend(known.take(id));
        id = branch.first()->parent;
    }
    return branch;
}

QStringList settingsOf(const ChatSettings& settings) {
    const QLocale plain = QLocale::c();
    QStringList lines;
    if (!settings.model.isEmpty())
        lines.append(ChatTransfer::tr("Model: %1").arg(settings.model));
    if (!settings.preset.isEmpty())
        lines.append(ChatTransfer::tr("Preset: %1").arg(settings.preset));
    lines.append(ChatTransfer::tr("Temperature: %1").arg(plain.toString(settings.temperature)));
    lines.append(ChatTransfer::tr("Top P: %1").arg(plain.toString(settings.topP)));
    return lines;
}

QString attached(const Attachment& attachment) {
    const QString block = withAttachments({attachment}, {});
    const QString fenced = block.mid(block.indexOf(QLatin1Char('\n')) + 1);
    return QStringLiteral("<details>\n<summary>%1</summary>\n\n%2\n\n</details>")
        .arg(plainLine(attachment.name).toHtmlEscaped(), fenced);
}

QString speaker(const MessageRecord& message) {
    if (message.role == MessageRole::User)
        return ChatTransfer::tr("You");
    if (message.role == MessageRole::System)
        return ChatTransfer::tr("System");
    const QString model = message.figures ? message.figures->model : QString();
    return model.isEmpty() ? ChatTransfer::tr("Reply") : model;
}

} // namespace

QByteArray chatToMarkdown(const ChatContents& contents) {
    const ChatRecord& chat = contents.chat;
    QStringList parts;
    parts.append(QStringLiteral("# ") + heading(chat.title.isEmpty() ? ChatTransfer::tr("New chat")
                                                                     : plainLine(chat.title)));
    parts.append(QStringLiteral("- ") + settingsOf(chat.settings).join(QLatin1String("\n- ")));
    if (!chat.settings.systemPrompt.isEmpty())
        parts.append(
            QStringLiteral("> ") +
            QString(chat.settings.systemPrompt).replace(QLatin1Char('\n'), QLatin1String("\n> ")));
    for (const MessageRecord* const message : shownBranch(contents)) {
        parts.append(QStringLiteral("## ") + heading(plainLine(speaker(*message))));
        for (const Attachment& attachment : message->attachments)
            parts.append(attached(attachment));
        if (!message->text.isEmpty())
            parts.append(message->text);
    }
    return parts.join(QLatin1String("\n\n")).toUtf8() + '\n';
}

QString safeFileName(const QString& title) {
    static const QRegularExpression kForbidden(QStringLiteral("[/\\\\:*?\"<>|]+"));
    static const QRegularExpression kReserved(
        QStringLiteral("^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?$"),
        QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression kEnds(QStringLiteral("^[. ]+|[. ]+$"));
    QString name = plainLine(title).replace(kForbidden, QStringLiteral("-")).remove(kEnds);
    while (name.toUtf8().size() > kNameBytes)
        name.chop(name.size() > 1 && name.back().isLowSurrogate() ? 2 : 1);
    name.remove(kEnds);
    if (kReserved.match(name).hasMatch())
        name.prepend(QLatin1Char('_'));
    return name.isEmpty() ? ChatTransfer::tr("Chat") : name;
}

} // namespace hearth::ui
