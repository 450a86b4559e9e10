#include "view/theme/fonts.h"

#include <QDir>
#include <QFontDatabase>

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

} // namespace

void registerFonts() {
    const QDir embedded(QStringLiteral(":/fonts"));
    for (const QString& name : embedded.entryList(QDir::Files))
        QFontDatabase::addApplicationFont(embedded.filePath(name));
}

QFont styleFont(TextStyle style, double textScale) {
    const Face face = faceOf(style);
    QFont font;
    const QStringList fallbacks{QStringLiteral("Noto Sans CJK SC"), QStringLiteral("Noto Sans"),
                                QStringLiteral("Noto Color Emoji")};
    if (face.mono)
        font.setFamilies(
            QStringList{QStringLiteral("JetBrains Mono"), QStringLiteral("Noto Sans Mono CJK SC")} +
            fallbacks);
    else
        font.setFamilies(QStringList{QStringLiteral("Inter")} + fallbacks);
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
