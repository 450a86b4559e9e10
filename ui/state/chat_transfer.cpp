#include "state/chat_transfer.h"

#include "state/chat_json.h"
#include "state/chat_markdown.h"
#include "state/chat_store.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QSet>

#include <utility>

namespace hearth::ui {

namespace {

constexpr qint64 kMostImportedBytes = 200LL << 20;

/// Empty on success, else the system's words.
QString writeFile(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return file.errorString();
    return {};
}

QString writeFolder(const QString& path, const QList<ChatContents>& chats) {
    const QDir folder(path);
    if (!folder.mkpath(QStringLiteral(".")))
        return ChatTransfer::tr("The folder can't be made.");
    QSet<QString> taken;
    for (const QString& there : folder.entryList(QDir::AllEntries | QDir::Hidden))
        taken.insert(there.toCaseFolded());
    for (const ChatContents& contents : chats) {
        const QString name = safeFileName(contents.chat.title);
        QString file = name + QLatin1String(".md");
        for (int number = 2; taken.contains(file.toCaseFolded()); ++number)
            file = QStringLiteral("%1 (%2).md").arg(name, QString::number(number));
        taken.insert(file.toCaseFolded());
        if (const QString problem = writeFile(folder.filePath(file), chatToMarkdown(contents));
            !problem.isEmpty())
            return problem;
    }
    return {};
}

} // namespace

ChatTransfer::ChatTransfer(ChatStore& store, QObject* parent)
    : QObject(parent)
    , m_store(store) {
}

ChatTransfer::~ChatTransfer() {
    m_thread.finish();
}

void ChatTransfer::tell(std::function<void()> what) {
    QMetaObject::invokeMethod(this, std::move(what), Qt::QueuedConnection);
}

void ChatTransfer::exportChats(const QList<RecordId>& ids, TransferFormat format,
                               const QString& path) {
    m_store.read(ids, [this, queue = m_thread.queue(), format, path](QList<ChatContents> chats) {
        queue->post([this, format, path, chats = std::move(chats)] { write(chats, format, path); });
    });
}

void ChatTransfer::write(const QList<ChatContents>& chats, TransferFormat format,
                         const QString& path) {
    QString problem;
    if (format == TransferFormat::Json)
        problem = writeFile(path, chatsToJson(chats));
    else if (chats.size() == 1)
        problem = writeFile(path, chatToMarkdown(chats.first()));
    else
        problem = writeFolder(path, chats);
    tell([this, path, problem, count = static_cast<int>(chats.size())] {
        if (problem.isEmpty())
            emit exported(path, count);
        else
            emit failed(path, problem);
    });
}

void ChatTransfer::importChats(const QString& file) {
    m_thread.post([this, file] { read(file); });
}

void ChatTransfer::read(const QString& path) {
    const auto refuse = [this, path](const QString& problem) {
        tell([this, path, problem] { emit failed(path, problem); });
    };
    QFile file(path);
    if (!QFileInfo(path).isFile())
        return refuse(tr("There is no such file."));
    if (!file.open(QIODevice::ReadOnly))
        return refuse(file.errorString());
    const QByteArray bytes = file.read(kMostImportedBytes + 1);
    if (bytes.size() > kMostImportedBytes)
        return refuse(tr("The file is larger than 200 MB."));
    QString problem;
    const QList<ChatContents> chats = chatsFromJson(bytes, &problem);
    if (!problem.isEmpty())
        return refuse(problem);
    int messages = 0;
    for (const ChatContents& contents : chats)
        messages += static_cast<int>(contents.messages.size());
    m_store.add(chats,
                [this, queue = m_thread.queue(), refuse, messages,
                 count = static_cast<int>(chats.size())](const std::optional<QString>& failed) {
                    // Through our own thread, which ends before we do.
                    queue->post([this, refuse, messages, count, failed] {
                        if (failed)
                            refuse(*failed);
                        else
                            tell([this, messages, count] { emit imported(count, messages); });
                    });
                });
}

} // namespace hearth::ui
