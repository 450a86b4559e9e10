#include "view/chat/math_font.h"

#include "view/chat/math_node.h"
#include "view/theme/theme.h"

#include <QFont>
#include <QGlyphRun>
#include <QHash>
#include <QTextLayout>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace hearth::ui {
namespace {

const auto kSymbols = QStringLiteral("Noto Sans Math");
const auto kWords = QStringLiteral("Noto Serif");

QFont fontOf(const QString& family, bool italic) {
    QFont font = Theme::current().font(TextStyle::Chat);
    if (!family.isEmpty())
        font.setFamilies(QStringList{family} + font.families());
    font.setItalic(italic);
    return font;
}

/// An invalid font where the family is not there.
QRawFont rawFont(const QString& family, bool italic) {
    QRawFont font = QRawFont::fromFont(fontOf(family, italic));
    return family.isEmpty() || font.familyName() == family ? font : QRawFont();
}

enum Source { Symbols, Words, Theme1, ThemeItalic, Sources };

QRawFont sized(Source source, qreal pixelSize) {
    static QHash<QString, QRawFont> cache;
    if (cache.size() > 400)
        cache.clear();
    const QString theme = Theme::current().font(TextStyle::Chat).families().value(0);
    const int size = qRound(pixelSize * 16);
    const QString key = theme + QStringLiteral("/%1/%2").arg(source).arg(size);
    auto found = cache.constFind(key);
    if (found == cache.constEnd()) {
        QRawFont font = source == Symbols ? rawFont(kSymbols, false)
                        : source == Words ? rawFont(kWords, false)
                                          : rawFont(QString(), source == ThemeItalic);
        if (font.isValid())
            font.setPixelSize(size / 16.0);
        found = cache.insert(key, font);
    }
    return *found;
}

struct Exception {
    MathFace face;
    char32_t plain;
    char32_t styled;
};

/// Letters that Unicode had before it had the alphabets.
constexpr Exception kExceptions[] = {
    {MathFace::Italic, U'h', U'ℎ'},     {MathFace::Blackboard, U'C', U'ℂ'},
    {MathFace::Blackboard, U'H', U'ℍ'}, {MathFace::Blackboard, U'N', U'ℕ'},
    {MathFace::Blackboard, U'P', U'ℙ'}, {MathFace::Blackboard, U'Q', U'ℚ'},
    {MathFace::Blackboard, U'R', U'ℝ'}, {MathFace::Blackboard, U'Z', U'ℤ'},
    {MathFace::Script, U'B', U'ℬ'},     {MathFace::Script, U'E', U'ℰ'},
    {MathFace::Script, U'F', U'ℱ'},     {MathFace::Script, U'H', U'ℋ'},
    {MathFace::Script, U'I', U'ℐ'},     {MathFace::Script, U'L', U'ℒ'},
    {MathFace::Script, U'M', U'ℳ'},     {MathFace::Script, U'R', U'ℛ'},
    {MathFace::Script, U'e', U'ℯ'},     {MathFace::Script, U'g', U'ℊ'},
    {MathFace::Script, U'o', U'ℴ'},     {MathFace::Fraktur, U'C', U'ℭ'},
    {MathFace::Fraktur, U'H', U'ℌ'},    {MathFace::Fraktur, U'I', U'ℑ'},
    {MathFace::Fraktur, U'R', U'ℜ'},    {MathFace::Fraktur, U'Z', U'ℨ'},
};

/// Where an alphabet's A, a, 0, Α and α are; 0: it has none.
struct Alphabet {
    char32_t upper, lower, digit, greekUpper, greekLower;
};

Alphabet alphabetOf(MathFace face) {
    switch (face) {
    case MathFace::Italic:
        return {0x1D434, 0x1D44E, 0, 0, 0x1D6FC};
    case MathFace::Bold:
        return {0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0x1D6C2};
    case MathFace::BoldItalic:
        return {0x1D468, 0x1D482, 0x1D7CE, 0x1D71C, 0x1D736};
    case MathFace::Blackboard:
        return {0x1D538, 0x1D552, 0x1D7D8, 0, 0};
    case MathFace::Script:
        return {0x1D49C, 0x1D4B6, 0, 0, 0};
    case MathFace::Fraktur:
        return {0x1D504, 0x1D51E, 0, 0, 0};
    case MathFace::Sans:
        return {0x1D5A0, 0x1D5BA, 0x1D7E2, 0, 0};
    case MathFace::Mono:
        return {0x1D670, 0x1D68A, 0x1D7F6, 0, 0};
    case MathFace::Upright:
        break;
    }
    return {};
}

char32_t styled(char32_t c, MathFace face) {
    for (const Exception& exception : kExceptions)
        if (exception.face == face && exception.plain == c)
            return exception.styled;
    const Alphabet alphabet = alphabetOf(face);
    const auto in = [&](char32_t first, char32_t last, char32_t base) {
        return base != 0 && c >= first && c <= last ? base + (c - first) : 0;
    };
    for (const char32_t found :
         {in(U'A', U'Z', alphabet.upper), in(U'a', U'z', alphabet.lower),
          in(U'0', U'9', alphabet.digit), in(U'Α', U'Ω', alphabet.greekUpper),
          in(U'α', U'ω', alphabet.greekLower)})
        if (found != 0)
            return found;
    if (face == MathFace::Italic || face == MathFace::BoldItalic) {
        static constexpr char32_t kVariants[] = {U'ϵ', U'ϑ', U'ϰ', U'ϕ', U'ϱ', U'ϖ'};
        const auto* variant = std::find(std::begin(kVariants), std::end(kVariants), c);
        if (variant != std::end(kVariants))
            return (face == MathFace::Italic ? 0x1D716 : 0x1D750) +
                   static_cast<char32_t>(variant - std::begin(kVariants));
    }
    return c;
}

MathGlyph glyphIn(const QRawFont& font, char32_t character) {
    MathGlyph glyph;
    glyph.font = font;
    const QVector<quint32> indexes = font.glyphIndexesForString(QString::fromUcs4(&character, 1));
    glyph.index = indexes.value(0);
    glyph.bounds = font.boundingRect(glyph.index);
    glyph.advance = font.advancesForGlyphIndexes({glyph.index}).value(0).x();
    return glyph;
}

bool isWordCharacter(char32_t c) {
    static const std::u32string_view kMarks = U"()[]{},.;:!?/%#&_@\"`°";
    return (c < 0x370 && (QChar::isLetterOrNumber(c) || kMarks.find(c) != kMarks.npos));
}

} // namespace

MathGlyph mathGlyph(char32_t character, MathFace face, qreal pixelSize) {
    const QRawFont symbols = sized(Symbols, pixelSize);
    const char32_t letter = styled(character, face);
    if (letter != character && symbols.isValid() && symbols.supportsCharacter(letter))
        return glyphIn(symbols, letter);
    const QRawFont words = sized(Words, pixelSize);
    const bool italic = face == MathFace::Italic && letter != character;
    std::array<QRawFont, 4> order{symbols, words, sized(Theme1, pixelSize),
                                  sized(ThemeItalic, pixelSize)};
    if (isWordCharacter(character))
        std::swap(order[0], order[1]);
    if (italic)
        std::swap(order[0], order[3]);
    for (const QRawFont& font : order)
        if (font.isValid() && font.supportsCharacter(character))
            return glyphIn(font, character);
    // Some other font of the system's may have it.
    const MathPicture shaped = mathWords(QString::fromUcs4(&character, 1), face, pixelSize);
    if (shaped.glyphs.empty())
        return glyphIn(sized(Theme1, pixelSize), U'?');
    MathGlyph glyph;
    glyph.font = shaped.glyphs.front().font;
    glyph.index = shaped.glyphs.front().index;
    glyph.bounds = glyph.font.boundingRect(glyph.index);
    glyph.advance = shaped.width;
    return glyph;
}

MathPicture mathWords(const QString& text, MathFace face, qreal pixelSize) {
    constexpr int kScale = 16; // Fonts of a layout have whole sizes.
    QFont font = fontOf(face == MathFace::Mono ? QString() : kWords, face == MathFace::Italic);
    if (face == MathFace::Mono)
        font = Theme::current().font(TextStyle::Code);
    font.setPixelSize(qMax(1, qRound(pixelSize * kScale)));
    if (face == MathFace::Bold)
        font.setBold(true);
    QTextLayout layout(text, font);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    if (line.isValid())
        line.setLineWidth(1e7);
    layout.endLayout();
    MathPicture picture;
    if (!line.isValid())
        return picture;
    picture.width = line.naturalTextWidth() / kScale;
    for (const QGlyphRun& run : layout.glyphRuns()) {
        QRawFont raw = run.rawFont();
        raw.setPixelSize(raw.pixelSize() / kScale);
        const QVector<quint32> indexes = run.glyphIndexes();
        const QVector<QPointF> positions = run.positions();
        for (qsizetype i = 0; i < indexes.size(); ++i) {
            const QPointF place(positions.at(i).x() / kScale,
                                (positions.at(i).y() - line.y() - line.ascent()) / kScale);
            const QRectF ink = raw.boundingRect(indexes.at(i));
            picture.ascent = qMax(picture.ascent, -(ink.top() + place.y()));
            picture.descent = qMax(picture.descent, ink.bottom() + place.y());
            picture.glyphs.push_back({raw, indexes.at(i), place});
        }
    }
    return picture;
}

qreal mathAxis(qreal pixelSize) {
    return -mathGlyph(U'+', MathFace::Upright, pixelSize).bounds.center().y();
}

void MathPicture::add(const MathPicture& other, const QPointF& place) {
    for (Glyph glyph : other.glyphs) {
        glyph.position += place;
        glyphs.push_back(std::move(glyph));
    }
    for (const QRectF& rule : other.rules)
        rules.push_back(rule.translated(place));
    for (const Stroke& stroke : other.strokes)
        strokes.push_back({stroke.path.translated(place), stroke.width});
}

void MathPicture::include(const MathPicture& other, const QPointF& place) {
    add(other, place);
    ascent = qMax(ascent, other.ascent - place.y());
    descent = qMax(descent, other.descent + place.y());
    width = qMax(width, place.x() + other.width);
}

} // namespace hearth::ui
