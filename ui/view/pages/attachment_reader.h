#pragma once

#include "bridge/job_thread.h"

#include <QObject>
#include <QString>
#include <QStringList>

#include <optional>

class QMimeData;

namespace hearth::ui {

/// The text of a file's bytes: UTF-8, UTF-16 with a byte order mark, GB 2312 where every byte above
/// 127 has its pair, else Windows-1252. Empty where they are no text.
[[nodiscard]] std::optional<QString> decodeText(const QByteArray& bytes);

/// The local files that were dropped or pasted; empty: there are none.
[[nodiscard]] QStringList localFiles(const QMimeData& data);

/// Reads text files beside the window's thread, in the order in which they were asked for.
class AttachmentReader : public QObject {
    Q_OBJECT

public:
    static constexpr qint64 kMostBytes = 10'000'000;

    using QObject::QObject;

    void read(const QStringList& files);

signals:
    void fileRead(const QString& name, const QString& text);
    /// A sentence: why a file was not taken.
    void refused(const QString& reason);

private:
    enum class Refusal { NotFound, NoFile, TooLarge, Unreadable, NoText, Empty };
    void readOne(const QString& file);
    void tellRefused(const QString& file, Refusal refusal, qint64 bytes);

    JobThread m_thread;
};

} // namespace hearth::ui
