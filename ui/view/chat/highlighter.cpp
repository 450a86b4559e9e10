#include "view/chat/highlighter.h"

#include "view/chat/languages.h"

#include <QHash>

namespace hearth::ui {
namespace {

/// States between lines: kHighlightStart, inside a block comment, or inside the n-th long string.
constexpr int kInComment = 1;
constexpr int kInLongString = 2;

bool isWordStart(QChar c) {
    return c.isLetter() || c == u'_';
}
bool isWord(QChar c) {
    return c.isLetterOrNumber() || c == u'_';
}

/// Reads one line from left to right.
class Scanner {
public:
    Scanner(const Language& language, QStringView line, std::vector<Token>* tokens)
        : m_language(language)
        , m_line(line)
        , m_tokens(tokens) {}

    int code(int state);
    int markup(int state);
    void yaml();
    void whole(TokenKind kind) { emitToken(0, m_line.size(), kind); }

private:
    bool startsWith(const char* text) const {
        return *text != 0 && m_line.mid(m_at).startsWith(QLatin1String(text));
    }
    void emitToken(qsizetype from, qsizetype to, TokenKind kind) {
        if (m_tokens && to > from && kind != TokenKind::Plain)
            m_tokens->push_back({static_cast<int>(from), static_cast<int>(to - from), kind});
    }
    bool skipPast(const QString& end, qsizetype from, TokenKind kind);
    int longQuote() const;
    QString longQuoteText(int index) const;
    void string();
    void number();
    void word();
    bool colonFollows() const;

    const Language& m_language;
    QStringView m_line;
    std::vector<Token>* m_tokens;
    qsizetype m_at = 0;
};

/// Consumes through end; false, with the rest of the line consumed, where the end is not in it.
bool Scanner::skipPast(const QString& end, qsizetype from, TokenKind kind) {
    const qsizetype found = m_line.indexOf(end, m_at);
    m_at = found < 0 ? m_line.size() : found + end.size();
    emitToken(from, m_at, kind);
    return found >= 0;
}

QString Scanner::longQuoteText(int index) const {
    return QString::fromLatin1(m_language.longQuotes).split(u' ', Qt::SkipEmptyParts).value(index);
}

int Scanner::longQuote() const {
    if (*m_language.longQuotes == 0 || !QLatin1String(m_language.longQuotes).contains(m_line[m_at]))
        return -1;
    for (int i = 0; i < 3; ++i) {
        const QString quote = longQuoteText(i);
        if (!quote.isEmpty() && m_line.mid(m_at).startsWith(quote))
            return i;
    }
    return -1;
}

void Scanner::string() {
    const QChar quote = m_line[m_at];
    const qsizetype from = m_at++;
    while (m_at < m_line.size() && m_line[m_at] != quote)
        m_at += m_line[m_at] == u'\\' ? 2 : 1;
    m_at = qMin(m_at + 1, m_line.size());
    const bool key = m_language.hasKeys && colonFollows();
    emitToken(from, m_at, key ? TokenKind::Name : TokenKind::String);
}

void Scanner::number() {
    const qsizetype from = m_at;
    while (m_at < m_line.size() &&
           (isWord(m_line[m_at]) || m_line[m_at] == u'.' || m_line[m_at] == u'%' ||
            (m_line[m_at] == u'\'' && m_at + 1 < m_line.size() && m_line[m_at + 1].isDigit())))
        ++m_at;
    emitToken(from, m_at, TokenKind::Number);
}

bool Scanner::colonFollows() const {
    qsizetype next = m_at;
    while (next < m_line.size() && m_line[next].isSpace())
        ++next;
    return next < m_line.size() && m_line[next] == u':';
}

void Scanner::word() {
    const qsizetype from = m_at;
    while (m_at < m_line.size() &&
           (isWord(m_line[m_at]) || (m_language.hasDashes && m_line[m_at] == u'-')))
        ++m_at;
    QString text = m_line.mid(from, m_at - from).toString();
    if (m_language.ignoresCase)
        text = text.toLower();
    TokenKind kind = TokenKind::Plain;
    if (m_language.keywordSet.contains(text))
        kind = TokenKind::Keyword;
    else if (m_language.typeSet.contains(text))
        kind = TokenKind::Type;
    else if (m_language.hasKeys ? colonFollows() : m_at < m_line.size() && m_line[m_at] == u'(')
        kind = TokenKind::Name;
    emitToken(from, m_at, kind);
}

int Scanner::code(int state) {
    if (state == kInComment &&
        !skipPast(QLatin1String(m_language.blockClose), 0, TokenKind::Comment))
        return kInComment;
    if (state >= kInLongString &&
        !skipPast(longQuoteText(state - kInLongString), 0, TokenKind::String))
        return state;
    while (m_at < m_line.size()) {
        const QChar c = m_line[m_at];
        const qsizetype from = m_at;
        if (startsWith(m_language.lineComment)) {
            const bool inWord = m_language.hasVariables && m_at > 0 && !m_line[m_at - 1].isSpace();
            if (!inWord) {
                emitToken(m_at, m_line.size(), TokenKind::Comment);
                return kHighlightStart;
            }
            ++m_at;
        } else if (startsWith(m_language.blockOpen)) {
            m_at += QLatin1String(m_language.blockOpen).size();
            if (!skipPast(QLatin1String(m_language.blockClose), from, TokenKind::Comment))
                return kInComment;
        } else if (const int quote = longQuote(); quote >= 0) {
            const QString text = longQuoteText(quote);
            m_at += text.size();
            if (!skipPast(text, from, TokenKind::String))
                return kInLongString + quote;
        } else if (c.unicode() < 0x80 && QLatin1String(m_language.quotes).contains(c)) {
            string();
        } else if (m_language.hasDirectives && c == u'#' && m_line.left(m_at).trimmed().isEmpty()) {
            while (++m_at < m_line.size() && isWord(m_line[m_at])) {
            }
            emitToken(from, m_at, TokenKind::Keyword);
        } else if ((m_language.hasVariables && c == u'$') || c == u'@') {
            while (++m_at < m_line.size() && (isWord(m_line[m_at]) || m_line[m_at] == u'{')) {
            }
            emitToken(from, m_at, TokenKind::Type);
        } else if (c.isDigit()) {
            number();
        } else if (isWordStart(c)) {
            word();
        } else {
            ++m_at;
        }
    }
    return kHighlightStart;
}

int Scanner::markup(int state) {
    constexpr int kInTag = kInLongString;
    if (state == kInComment &&
        !skipPast(QLatin1String(m_language.blockClose), 0, TokenKind::Comment))
        return kInComment;
    bool inTag = state == kInTag;
    while (m_at < m_line.size()) {
        const QChar c = m_line[m_at];
        const qsizetype from = m_at;
        if (!inTag && startsWith(m_language.blockOpen)) {
            if (!skipPast(QLatin1String(m_language.blockClose), from, TokenKind::Comment))
                return kInComment;
        } else if (!inTag && c == u'<') {
            while (++m_at < m_line.size() && (isWord(m_line[m_at]) || m_line[m_at] == u'/' ||
                                              m_line[m_at] == u'!' || m_line[m_at] == u'-')) {
            }
            emitToken(from, m_at, TokenKind::Keyword);
            inTag = true;
        } else if (inTag && c == u'>') {
            emitToken(from, ++m_at, TokenKind::Keyword);
            inTag = false;
        } else if (inTag && (c == u'"' || c == u'\'')) {
            string();
        } else if (inTag && isWordStart(c)) {
            while (m_at < m_line.size() &&
                   (isWord(m_line[m_at]) || m_line[m_at] == u'-' || m_line[m_at] == u':'))
                ++m_at;
            emitToken(from, m_at, TokenKind::Name);
        } else {
            ++m_at;
        }
    }
    return inTag ? kInTag : kHighlightStart;
}

void Scanner::yaml() {
    while (m_at < m_line.size() && m_line[m_at].isSpace())
        ++m_at;
    const qsizetype first = m_at;
    while (m_at < m_line.size() && (m_line[m_at] == u'-' || m_line[m_at] == u' '))
        ++m_at;
    if (m_at < m_line.size() && m_line[m_at] == u'[' && m_line.trimmed().endsWith(u']') &&
        m_at == first)
        return emitToken(first, m_line.size(), TokenKind::Keyword);
    const qsizetype from = m_at;
    while (m_at < m_line.size() && (isWord(m_line[m_at]) || m_line[m_at] == u'-' ||
                                    m_line[m_at] == u'.' || m_line[m_at] == u'/'))
        ++m_at;
    qsizetype separator = m_at;
    while (separator < m_line.size() && m_line[separator] == u' ')
        ++separator;
    const bool isKey =
        separator < m_line.size() && (m_line[separator] == u':' || m_line[separator] == u'=');
    if (m_at > from && isKey)
        emitToken(from, m_at, TokenKind::Name);
    else
        m_at = from;
    code(kHighlightStart);
}

TokenKind diffKind(QStringView line) {
    if (line.startsWith(u'+'))
        return TokenKind::Added;
    if (line.startsWith(u'-'))
        return TokenKind::Removed;
    if (line.startsWith(QLatin1String("@@")))
        return TokenKind::Name;
    if (line.startsWith(QLatin1String("diff ")) || line.startsWith(QLatin1String("index ")))
        return TokenKind::Comment;
    return TokenKind::Plain;
}

TokenKind markdownKind(QStringView line) {
    const QStringView text = line.trimmed();
    if (text.startsWith(u'#'))
        return TokenKind::Heading;
    if (text.startsWith(u'>'))
        return TokenKind::Comment;
    if (text.startsWith(QLatin1String("```")))
        return TokenKind::Keyword;
    return TokenKind::Plain;
}

QHash<QString, const Language*> namesOfLanguages() {
    QHash<QString, const Language*> names;
    for (const Language& language : languages())
        for (const QString& name : QString::fromLatin1(language.names).split(u' '))
            names.insert(name, &language);
    return names;
}

} // namespace

const Language* findLanguage(QStringView name) {
    static const QHash<QString, const Language*> names = namesOfLanguages();
    return names.value(name.toString().toLower(), nullptr);
}

QString languageTitle(const QString& name) {
    if (name.compare(QLatin1String("c"), Qt::CaseInsensitive) == 0)
        return QStringLiteral("C");
    const Language* language = findLanguage(name);
    if (!language)
        return name;
    // Families share a table; the author's own word is the better title for the lesser names.
    const QString first = QString::fromLatin1(language->names).section(u' ', 0, 2);
    const bool usual = first.split(u' ').contains(name.toLower());
    return usual ? QString::fromLatin1(language->title) : name;
}

int highlightLine(const Language* language, QStringView line, int state,
                  std::vector<Token>* tokens) {
    if (!language)
        return kHighlightStart;
    Scanner scanner(*language, line, tokens);
    switch (language->grammar) {
    case Language::Grammar::Code:
        return scanner.code(state);
    case Language::Grammar::Markup:
        return scanner.markup(state);
    case Language::Grammar::Yaml:
        scanner.yaml();
        return kHighlightStart;
    case Language::Grammar::Diff:
        scanner.whole(diffKind(line));
        return kHighlightStart;
    case Language::Grammar::Markdown:
        scanner.whole(markdownKind(line));
        return kHighlightStart;
    }
    return kHighlightStart;
}

} // namespace hearth::ui
