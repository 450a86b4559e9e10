#include "view/pages/attachment_reader.h"

#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QFile>
#include <QFileInfo>
#include <QMimeData>
#include <QStringDecoder>
#include <QUrl>

#include <algorithm>

#include <iconv.h>

namespace hearth::ui {

namespace {

/// What Windows-1252 has where Latin-1 has controls; 0: nothing.
constexpr char16_t kWindows1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/// Texts have line ends, tabs, form feeds, perhaps the escapes of a terminal; no other controls.
bool isTextual(const QString& text) {
    return std::none_of(text.cbegin(), text.cend(), [](QChar c) {
        const char16_t u = c.unicode();
        return u < 0x20 && u != '\n' && u != '\r' && u != '\t' && u != '\f' && u != 0x1B &&
               u != '\b';
    });
}

std::optional<QString> decodeWith(QStringConverter::Encoding encoding, const QByteArray& bytes) {
    QStringDecoder decoder(encoding);
    QString text = decoder.decode(bytes);
    if (decoder.hasError())
        return std::nullopt;
    return text;
}

/// In GB 2312 characters are two bytes above 0xA0 each; in a Western text accented letters seldom
/// come in pairs only.
bool looksLikeGb2312(const QByteArray& bytes) {
    int run = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0xA1 && byte <= 0xFE) {
            ++run;
        } else if (byte >= 0x80 || run % 2 != 0) {
            return false;
        } else {
            run = 0;
        }
    }
    return run % 2 == 0;
}

std::optional<QString> decodeGb2312(const QByteArray& bytes) {
    const iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == reinterpret_cast<iconv_t>(-1))
        return std::nullopt;
    QByteArray input = bytes;
    QByteArray output(2 * bytes.size() + 4, Qt::Uninitialized);
    char* from = input.data();
    char* to = output.data();
    size_t inputLeft = static_cast<size_t>(input.size());
    size_t outputLeft = static_cast<size_t>(output.size());
    const bool isDone =
        iconv(converter, &from, &inputLeft, &to, &outputLeft) != static_cast<size_t>(-1);
    iconv_close(converter);
    if (!isDone)
        return std::nullopt;
    return QString::fromUtf8(output.constData(), to - output.constData());
}

std::optional<QString> decodeWindows1252(const QByteArray& bytes) {
    QString text = QString::fromLatin1(bytes);
    for (QChar& c : text) {
        if (c.unicode() < 0x80 || c.unicode() >= 0xA0)
            continue;
        c = QChar(kWindows1252[c.unicode() - 0x80]);
        if (c.isNull())
            return std::nullopt;
    }
    return text;
}

std::optional<QString> decodeBytes(const QByteArray& bytes) {
    if (bytes.startsWith("\xFF\xFE") || bytes.startsWith("\xFE\xFF"))
        return decodeWith(QStringConverter::Utf16, bytes);
    if (auto text = decodeWith(QStringConverter::Utf8, bytes))
        return text;
    if (looksLikeGb2312(bytes))
        return decodeGb2312(bytes);
    return decodeWindows1252(bytes);
}

} // namespace

std::optional<QString> decodeText(const QByteArray& bytes) {
    std::optional<QString> text = decodeBytes(bytes);
    if (!text || !text->isValidUtf16() || !isTextual(*text))
        return std::nullopt;
    text->replace(QLatin1String("\r\n"), QLatin1String("\n"));
    return text;
}

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    if (data.hasUrls())
        for (const QUrl& url : data.urls())
            if (url.isLocalFile())
                files += url.toLocalFile();
    return files;
}

void AttachmentReader::read(const QStringList& files) {
    for (const QString& file : files)
        m_thread.post([this, file] { readOne(file); });
}

void AttachmentReader::readOne(const QString& file) {
    const QFileInfo info(file);
    std::optional<Refusal> refusal;
    qint64 bytes = info.size();
    if (!info.exists())
        refusal = Refusal::NotFound;
    else if (info.isDir())
        refusal = Refusal::NoFile;
    else if (!info.isFile()) // A pipe, a device, a socket: one may wait for them without end.
        refusal = Refusal::Unreadable;
    else if (bytes > kMostBytes)
        refusal = Refusal::TooLarge;
    std::optional<QString> text;
    if (!refusal) {
        QFile source(file);
        QByteArray content;
        if (source.open(QIODevice::ReadOnly))
            // One more than is taken: a file may grow, or have no size before it is read.
            content = source.read(kMostBytes + 1);
        bytes = content.size();
        if (!source.isOpen() || source.error() != QFileDevice::NoError)
            refusal = Refusal::Unreadable;
        else if (bytes > kMostBytes)
            refusal = Refusal::TooLarge;
        else if (bytes == 0)
            refusal = Refusal::Empty;
        else if (text = decodeText(content); !text)
            refusal = Refusal::NoText;
    }
    QMetaObject::invokeMethod(
        this,
        [this, file, refusal, bytes, text] {
            if (refusal)
                tellRefused(file, *refusal, bytes);
            else
                emit fileRead(QFileInfo(file).fileName(), *text);
        },
        Qt::QueuedConnection);
}

void AttachmentReader::tellRefused(const QString& file, Refusal refusal, qint64 bytes) {
    const QString name = withoutControls(QFileInfo(file).fileName());
    switch (refusal) {
    case Refusal::NotFound:
        emit refused(tr("“%1” was not found.").arg(name));
        break;
    case Refusal::NoFile:
        emit refused(tr("“%1” is a folder. Only text files can be attached.").arg(name));
        break;
    case Refusal::TooLarge:
        emit refused(tr("“%1” has %2. Text files of up to %3 can be attached.")
                         .arg(name, bytesText(static_cast<quint64>(bytes)),
                              bytesText(static_cast<quint64>(kMostBytes))));
        break;
    case Refusal::Unreadable:
        emit refused(tr("“%1” could not be read.").arg(name));
        break;
    case Refusal::NoText:
        emit refused(tr("“%1” is no text file. Only text can be attached.").arg(name));
        break;
    case Refusal::Empty:
        emit refused(tr("“%1” is empty.").arg(name));
        break;
    }
}

} // namespace hearth::ui
