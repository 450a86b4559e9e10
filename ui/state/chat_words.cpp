#include "state/chat_words.h"

#include <QChar>

#include <algorithm>

namespace hearth::ui {

namespace {

/// Of a message; a whole book is found by its beginning.
constexpr qsizetype kIndexedCharacters = 4'000'000;
constexpr qsizetype kSnippetBefore = 32;
constexpr qsizetype kSnippetAfter = 96;

bool standsAlone(char32_t character) {
    if (character < 0x1100)
        return false;
    switch (QChar::script(character)) {
    case QChar::Script_Han:
    case QChar::Script_Hiragana:
    case QChar::Script_Katakana:
    case QChar::Script_Hangul:
    case QChar::Script_Bopomofo:
        return true;
    default:
        return false;
    }
}

/// The character at `i`, and how many UTF-16 units it takes.
char32_t characterAt(QStringView text, qsizetype i, int* units) {
    const QChar high = text[i];
    *units = 1;
    if (high.isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
        *units = 2;
        return QChar::surrogateToUcs4(high, text[i + 1]);
    }
    return high.unicode();
}

/// Part of a word to unicode61: letters, digits, their marks.
bool isWordCharacter(char32_t character) {
    return QChar::isLetterOrNumber(character) || QChar::isMark(character) ||
           QChar::category(character) == QChar::Other_PrivateUse;
}

bool anyCharacter(QStringView text, bool (*holds)(char32_t)) {
    int units = 1;
    for (qsizetype i = 0; i < text.size(); i += units)
        if (holds(characterAt(text, i, &units)))
            return true;
    return false;
}

QString likePattern(QString text) {
    text.replace(QLatin1Char('\\'), QStringLiteral("\\\\"))
        .replace(QLatin1Char('%'), QStringLiteral("\\%"))
        .replace(QLatin1Char('_'), QStringLiteral("\\_"));
    return QLatin1Char('%') + text + QLatin1Char('%');
}

/// Small letters without their marks, one unit for each of the text.
QString folded(QStringView text) {
    QString result(text.size(), Qt::Uninitialized);
    std::transform(text.begin(), text.end(), result.begin(), [](QChar c) {
        if (c.unicode() >= 0xC0 && c.decompositionTag() == QChar::Canonical)
            c = c.decomposition().front();
        return c.toCaseFolded();
    });
    return result;
}

/// Where `word` begins a word of `text`, else where it stands at all; -1: nowhere.
qsizetype findWord(const QString& text, const QString& word) {
    qsizetype first = -1;
    for (qsizetype at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
        if (at == 0 || !text[at - 1].isLetterOrNumber() || standsAlone(text[at].unicode()))
            return at;
        if (first < 0)
            first = at;
    }
    return first;
}

QString cutAround(QStringView text, qsizetype at) {
    qsizetype from = std::max<qsizetype>(0, at - kSnippetBefore);
    qsizetype to = std::min(text.size(), at + kSnippetAfter);
    if (from > 0) {
        while (from < at && !text[from].isSpace() && at - from > kSnippetBefore / 2)
            ++from;
        if (text[from].isLowSurrogate())
            ++from;
    }
    if (to < text.size() && text[to].isLowSurrogate())
        --to;
    QString piece = plainLine(text.mid(from, to - from).toString());
    if (from > 0)
        piece.prepend(QChar(0x2026));
    if (to < text.size())
        piece.append(QChar(0x2026));
    return piece;
}

} // namespace

QString spacedWords(const QString& text) {
    const QStringView view(text);
    if (!anyCharacter(view, standsAlone))
        return text.isNull() ? QStringLiteral("") : text;
    QString spaced;
    spaced.reserve(text.size() * 2);
    int units = 1;
    for (qsizetype i = 0; i < view.size(); i += units) {
        const bool isAlone = standsAlone(characterAt(view, i, &units));
        if (isAlone && !spaced.isEmpty() && spaced.back() != QLatin1Char(' '))
            spaced += QLatin1Char(' ');
        spaced += view.mid(i, units);
        if (isAlone)
            spaced += QLatin1Char(' ');
    }
    return spaced;
}

QString wordsOf(const MessageRecord& message) {
    QString text = message.text;
    for (const Attachment& attachment : message.attachments)
        text += QLatin1Char('\n') + attachment.name + QLatin1Char('\n') + attachment.text;
    text.truncate(kIndexedCharacters);
    return spacedWords(text);
}

WordQuery wordQuery(const QString& text) {
    WordQuery query;
    const QStringList terms = text.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    QStringList phrases;
    for (const QString& term : terms) {
        QString spaced = spacedWords(term).trimmed();
        const auto isOther = [](char32_t c) { return c != U' ' && !isWordCharacter(c); };
        if (anyCharacter(spaced, isOther))
            query.exact.append(likePattern(spaced));
        if (!anyCharacter(spaced, isWordCharacter))
            continue;
        // The last word may still be on its way.
        const bool isOpen = &term == &terms.back() && isWordCharacter(spaced.back().unicode()) &&
                            !standsAlone(spaced.back().unicode());
        spaced.replace(QLatin1Char('"'), QStringLiteral("\"\""));
        phrases.append(QLatin1Char('"') + spaced +
                       (isOpen ? QStringLiteral("\" *") : QStringLiteral("\"")));
    }
    query.match = phrases.join(QLatin1String(" AND "));
    return query;
}

QString snippetAround(const QString& text, const QString& searched) {
    const QString here = folded(QStringView(text).left(kIndexedCharacters));
    const QString wanted = folded(searched.simplified());
    qsizetype at = findWord(here, wanted);
    for (const QString& term : wanted.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        if (at < 0)
            at = findWord(here, term);
    return at < 0 ? QString() : cutAround(text, at);
}

} // namespace hearth::ui
