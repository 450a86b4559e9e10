#include "view/chat/math_scan.h"

#include <algorithm>

namespace hearth::ui {
namespace {

constexpr char32_t kFirst = 0xF0000;
constexpr char32_t kLast = 0x10FFFD;
constexpr qsizetype kLongest = 4'000;
constexpr int kLongestRun = 31;
constexpr qsizetype kLongestBegin = 24;

bool isBlankLine(QStringView source, qsizetype feed) {
    for (qsizetype i = feed + 1; i < source.size(); ++i) {
        if (source[i] == u'\n')
            return true;
        if (!source[i].isSpace())
            return false;
    }
    return false;
}

/// What ends a display environment that a text begins with; empty: none.
QString environmentEnd(QStringView text) {
    static const QString kBegin = QStringLiteral("\\begin{");
    static const QStringList kNames{QStringLiteral("align"),     QStringLiteral("align*"),
                                    QStringLiteral("equation"),  QStringLiteral("gather"),
                                    QStringLiteral("equation*"), QStringLiteral("gather*"),
                                    QStringLiteral("aligned"),   QStringLiteral("cases")};
    if (!text.startsWith(kBegin))
        return {};
    const QString name = text.mid(kBegin.size(), text.indexOf(u'}') - kBegin.size()).toString();
    return kNames.contains(name) ? QStringLiteral("\\end{%1}").arg(name) : QString();
}

/// Where `close` next stands, unescaped, before a blank line; -1: nowhere.
qsizetype closing(QStringView source, qsizetype from, QStringView close) {
    const qsizetype limit = std::min(source.size(), from + kLongest);
    for (qsizetype i = from; i + close.size() <= limit; ++i) {
        if (source.mid(i, close.size()) == close)
            return i;
        if (source[i] == u'\\')
            ++i;
        else if (source[i] == u'\n' && isBlankLine(source, i))
            return -1;
    }
    return -1;
}

/// "5 and " between two dollars is money; "5x + 1" is not.
bool readsLikeMoney(QStringView inner) {
    if (!inner.front().isDigit())
        return false;
    static const QString kMath = QStringLiteral("\\^_=+<>{}");
    if (std::any_of(inner.begin(), inner.end(), [](QChar c) { return kMath.contains(c); }))
        return false;
    int letters = 0;
    bool spaced = false;
    for (const QChar c : inner) {
        letters = c.isLetter() ? letters + 1 : 0;
        spaced = spaced || c.isSpace();
        if (letters >= 2 && spaced)
            return true;
    }
    return false;
}

} // namespace

MathScan::MathScan(QStringView source)
    : m_inTable(source.trimmed().startsWith(u'|')) {
    m_text.reserve(source.size());
    bool lineStart = true;
    for (qsizetype i = 0; i < source.size();) {
        const QChar c = source[i];
        if (c == u'`' || (lineStart && c == u'~')) {
            takeCode(source, i);
            lineStart = false;
        } else if ((c == u'$' || c == u'\\') && takeFormula(source, i)) {
            lineStart = false;
        } else if (c.isHighSurrogate() && i + 1 < source.size() &&
                   QChar::surrogateToUcs4(c, source[i + 1]) >= kFirst) {
            put({}, source.mid(i, 2), false);
            i += 2;
        } else {
            lineStart = c == u'\n' || (lineStart && c.isSpace());
            m_text += c;
            ++i;
            if (c == u'\\' && i < source.size() && source[i] != u'\n')
                m_text += source[i++];
        }
    }
}

/// A run of backticks and what it encloses, or a whole fenced block.
void MathScan::takeCode(QStringView source, qsizetype& at) {
    const QChar mark = source[at];
    qsizetype end = at;
    while (end < source.size() && source[end] == mark)
        ++end;
    const auto run = static_cast<int>(std::min<qsizetype>(end - at, kLongestRun));
    const QStringView opening = source.mid(at, end - at);
    qsizetype stop = end;
    if ((m_noBackticks >> run & 1U) == 0 && (mark == u'`' || run >= 3)) {
        qsizetype i = end;
        for (; i < source.size(); ++i) {
            if (source[i] != mark)
                continue;
            qsizetype j = i;
            while (j < source.size() && source[j] == mark)
                ++j;
            if (j - i == opening.size() || (run >= 3 && j - i > opening.size())) {
                stop = j;
                break;
            }
            i = j - 1;
        }
        if (i >= source.size())
            m_noBackticks |= 1U << run;
        // A fence that is not closed goes on to the end.
        if (i >= source.size() && run >= 3)
            stop = source.size();
    }
    m_text += source.mid(at, stop - at);
    at = stop;
}

/// \\begin{align} and its like, which need no delimiters around them.
bool MathScan::takeEnvironment(QStringView source, qsizetype& at) {
    const QString close = environmentEnd(source.mid(at, kLongestBegin));
    const qsizetype end = close.isEmpty() ? -1 : closing(source, at, close);
    if (end < 0)
        return false;
    const QStringView typed = source.mid(at, end + close.size() - at);
    put(typed, typed, true);
    at = end + close.size();
    return true;
}

bool MathScan::takeFormula(QStringView source, qsizetype& at) {
    if (source[at] == u'$')
        return takeDollars(source, at);
    return takeBackslash(source, at) || takeEnvironment(source, at);
}

bool MathScan::takeBackslash(QStringView source, qsizetype& at) {
    if (at + 1 >= source.size())
        return false;
    const bool display = source[at + 1] == u'[';
    if (!display && source[at + 1] != u'(')
        return false;
    qsizetype& none = display ? m_noBracket : m_noParen;
    if (none >= 0 && at >= none)
        return false;
    const qsizetype end = closing(source, at + 2, display ? u"\\]" : u"\\)");
    if (end < 0) {
        none = source.indexOf(display ? u"\\]" : u"\\)", at + 2) < 0 ? at : none;
        return false;
    }
    const QStringView inner = source.mid(at + 2, end - at - 2);
    if (inner.trimmed().isEmpty())
        return false;
    put(inner, source.mid(at, end + 2 - at), display);
    at = end + 2;
    return true;
}

bool MathScan::takeDollars(QStringView source, qsizetype& at) {
    if (source.mid(at, 2) == u"$$") {
        const qsizetype end =
            m_noDollars >= 0 && at >= m_noDollars ? -1 : closing(source, at + 2, u"$$");
        if (end < 0 || source.mid(at + 2, end - at - 2).trimmed().isEmpty()) {
            if (end < 0 && source.indexOf(u"$$", at + 2) < 0)
                m_noDollars = at;
            m_text += u"$$";
            at += 2;
            return true;
        }
        put(source.mid(at + 2, end - at - 2), source.mid(at, end + 2 - at), true);
        at = end + 2;
        return true;
    }
    const bool afterWord = at > 0 && source[at - 1].isLetterOrNumber() &&
                           source[at - 1].script() == QChar::Script_Latin;
    if (afterWord || at + 1 >= source.size() || source[at + 1].isSpace())
        return false;
    const qsizetype end = closing(source, at + 1, u"$");
    if (end < 0)
        return false;
    const QStringView inner = source.mid(at + 1, end - at - 1);
    const bool ends =
        !inner.back().isSpace() && (end + 1 >= source.size() || !source[end + 1].isDigit());
    if (!ends || readsLikeMoney(inner) || (m_inTable && inner.contains(u'\n')))
        return false;
    put(inner, source.mid(at, end + 1 - at), false);
    at = end + 1;
    return true;
}

void MathScan::put(QStringView source, QStringView typed, bool display) {
    char32_t character = kFirst + static_cast<char32_t>(m_formulas.size());
    if (character > kLast)
        character = QChar::ReplacementCharacter;
    else
        m_formulas.push_back({source.trimmed().toString(), typed.toString(), display});
    m_text += QString::fromUcs4(&character, 1);
}

const TypedFormula* MathScan::formulaAt(char32_t character) const {
    const std::size_t index = character - kFirst;
    return character >= kFirst && index < m_formulas.size() ? &m_formulas[index] : nullptr;
}

QString MathScan::restored(const QString& part) const {
    if (m_formulas.empty())
        return part;
    QString text;
    for (qsizetype i = 0; i < part.size(); ++i) {
        const bool pair = part.at(i).isHighSurrogate() && i + 1 < part.size();
        const TypedFormula* formula =
            pair ? formulaAt(QChar::surrogateToUcs4(part.at(i), part.at(i + 1))) : nullptr;
        text += formula ? formula->typed : QString(part.at(i));
        i += formula ? 1 : 0;
    }
    return text;
}

DisplayFence displayFenceOf(QStringView line) {
    const QStringView text = line.trimmed();
    DisplayFence fence;
    if (text.startsWith(u"$$"))
        fence.close = QStringLiteral("$$");
    else if (text.startsWith(u"\\["))
        fence.close = QStringLiteral("\\]");
    else
        fence.close = environmentEnd(text.left(kLongestBegin));
    const qsizetype end = fence.close.isEmpty() ? -1 : text.indexOf(fence.close, 2);
    if (end < 0)
        return fence;
    // With words after it, it is a part of a paragraph.
    static const QString kPunctuation = QStringLiteral(".,;:");
    const QStringView rest = text.mid(end + fence.close.size());
    if (rest.isEmpty() || (rest.size() == 1 && kPunctuation.contains(rest.front())))
        fence.ended = true;
    else
        fence.close.clear();
    return fence;
}

} // namespace hearth::ui
