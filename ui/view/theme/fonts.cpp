#include "view/theme/fonts.h"

#include <QDir>
#include <QFile>
#include <QFontDatabase>
#include <QtEndian>

#include <utility>

namespace hearth::ui {
namespace {

struct Face {
    int pixels;
    int linePixels;
    bool strong;
    bool mono;
};

Face faceOf(TextStyle style) {
    switch (style) {
    case TextStyle::Caption:
        return {12, 16, false, false};
    case TextStyle::CaptionStrong:
        return {12, 16, true, false};
    case TextStyle::Ui:
        return {14, 20, false, false};
    case TextStyle::UiStrong:
        return {14, 20, true, false};
    case TextStyle::Chat:
        return {15, 24, false, false};
    case TextStyle::ChatStrong:
        return {15, 24, true, false};
    case TextStyle::Title:
        return {18, 24, true, false};
    case TextStyle::Display:
        return {28, 34, true, false};
    case TextStyle::Code:
        return {13, 20, false, true};
    case TextStyle::Figure:
        return {12, 16, false, true};
    }
    return {14, 20, false, false};
}

/// The families as the embedded copies are registered. They are changed, so they have names of
/// their own (as their licence asks), by which they are found before what the system has installed.
constexpr const char* kText = "Ember";
constexpr const char* kMono = "Ember Mono";

struct Renaming {
    QByteArray from, to;
};

/// The tables of an OpenType font in memory; reads outside of it give 0.
class OpenTypeFont {
public:
    explicit OpenTypeFont(QByteArray data)
        : m_data(std::move(data)) {}

    const QByteArray& data() const { return m_data; }

    qsizetype number(qsizetype at) const {
        return at >= 0 && at + 2 <= m_data.size() ? qFromBigEndian<quint16>(m_data.constData() + at)
                                                  : 0;
    }

    /// 0 if there is none.
    qsizetype table(QByteArrayView tag) const {
        for (qsizetype i = 0, at = 12; i < number(4); ++i, at += 16)
            if (m_data.size() >= at + 16 && QByteArrayView(m_data).sliced(at, 4) == tag)
                return (number(at + 8) << 16) + number(at + 10);
        return 0;
    }

    /// Both families make one glyph of "!=" or "->", and Inter a × of the x in "2x3": what is shown
    /// is not what is written. Qt 6.4 can't switch features off, so their tags become unknown.
    void dropLigatures() {
        const qsizetype substitutions = table("GSUB");
        const qsizetype features = substitutions + number(substitutions + 6);
        for (qsizetype i = 0, at = features + 2; i < number(features); ++i, at += 6) {
            const QByteArray tag = m_data.mid(at, 4);
            if (tag == "calt" || tag == "liga")
                m_data.replace(at, 4, "none");
        }
    }

    /// In the family names (1 and 16); `to` is not longer than `from`. Records may share letters.
    void rename(const Renaming& name) {
        const qsizetype names = table("name");
        const qsizetype letters = names + number(names + 4);
        for (qsizetype i = 0, at = names + 6; i < number(names + 2); ++i, at += 12) {
            if (number(at + 6) != 1 && number(at + 6) != 16)
                continue;
            const bool isWide = number(at) != 1;
            const QByteArray from = isWide ? widened(name.from) : name.from;
            const QByteArray to = isWide ? widened(name.to) : name.to;
            const qsizetype length = number(at + 8);
            const qsizetype start = letters + number(at + 10);
            const QByteArray rest = m_data.mid(start, length).mid(from.size());
            if (m_data.mid(start, from.size()) == from)
                m_data.replace(start, length, (to + rest).leftJustified(length, '\0'));
            else if (m_data.mid(start, to.size()) != to)
                continue;
            const auto shorter = static_cast<quint16>(to.size() + rest.size());
            qToBigEndian(shorter, m_data.data() + at + 8);
        }
    }

private:
    static QByteArray widened(const QByteArray& text) {
        QByteArray wide;
        for (const char letter : text)
            wide += QByteArray(1, '\0') + letter;
        return wide;
    }

    QByteArray m_data;
};

} // namespace

void registerFonts() {
    const QDir embedded(QStringLiteral(":/fonts"));
    for (const QString& name : embedded.entryList(QDir::Files)) {
        QFile file(embedded.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        OpenTypeFont font(file.readAll());
        font.dropLigatures();
        font.rename(name.startsWith(QLatin1String("Inter")) ? Renaming{"Inter", kText}
                                                            : Renaming{"JetBrains Mono", kMono});
        QFontDatabase::addApplicationFontFromData(font.data());
    }
}

QFont styleFont(TextStyle style, double textScale) {
    const Face face = faceOf(style);
    QFont font;
    const QStringList fallbacks{QStringLiteral("Noto Sans CJK SC"), QStringLiteral("Noto Sans"),
                                QStringLiteral("Noto Color Emoji")};
    if (face.mono)
        font.setFamilies(QStringList{QLatin1String(kMono), QStringLiteral("JetBrains Mono"),
                                     QStringLiteral("Noto Sans Mono CJK SC")} +
                         fallbacks);
    else
        font.setFamilies(QStringList{QLatin1String(kText), QStringLiteral("Inter")} + fallbacks);
    font.setStyleHint(face.mono ? QFont::Monospace : QFont::SansSerif);
    font.setPixelSize(qRound(face.pixels * textScale));
    font.setWeight(face.strong ? QFont::DemiBold : QFont::Normal);
    font.setHintingPreference(QFont::PreferNoHinting);
    font.setKerning(true);
    return font;
}

int styleLineHeight(TextStyle style, double textScale) {
    return qRound(faceOf(style).linePixels * textScale);
}

} // namespace hearth::ui
