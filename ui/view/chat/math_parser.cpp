#include "view/chat/math_parser.h"

#include "view/chat/math_symbols.h"

#include <QHash>

#include <utility>

namespace hearth::ui {
namespace {

using Kind = MathNode::Kind;

constexpr int kMostColumns = 64;

struct Environment {
    const char* left;
    const char* right;
    const char* columns; ///< "": centred.
    bool wide;
};

const Environment* environmentOf(const QString& name) {
    static const QHash<QString, Environment> table{
        {QStringLiteral("matrix"), {"", "", "", false}},
        {QStringLiteral("smallmatrix"), {"", "", "", false}},
        {QStringLiteral("pmatrix"), {"(", ")", "", false}},
        {QStringLiteral("bmatrix"), {"[", "]", "", false}},
        {QStringLiteral("Bmatrix"), {"{", "}", "", false}},
        {QStringLiteral("vmatrix"), {"|", "|", "", false}},
        {QStringLiteral("Vmatrix"), {"‖", "‖", "", false}},
        {QStringLiteral("array"), {"", "", "", false}},
        {QStringLiteral("cases"), {"{", "", "l", false}},
        {QStringLiteral("rcases"), {"", "}", "l", false}},
        {QStringLiteral("aligned"), {"", "", "rl", true}},
        {QStringLiteral("align"), {"", "", "rl", true}},
        {QStringLiteral("align*"), {"", "", "rl", true}},
        {QStringLiteral("split"), {"", "", "rl", true}},
        {QStringLiteral("alignedat"), {"", "", "rl", true}},
        {QStringLiteral("gather"), {"", "", "c", true}},
        {QStringLiteral("gather*"), {"", "", "c", true}},
        {QStringLiteral("gathered"), {"", "", "c", true}},
        {QStringLiteral("equation"), {"", "", "c", true}},
        {QStringLiteral("equation*"), {"", "", "c", true}},
    };
    const auto found = table.constFind(name);
    return found == table.constEnd() ? nullptr : &*found;
}

std::optional<MathFace> faceOf(QStringView command) {
    static const QHash<QString, MathFace> table{
        {QStringLiteral("mathrm"), MathFace::Upright},
        {QStringLiteral("mathit"), MathFace::Italic},
        {QStringLiteral("mathnormal"), MathFace::Italic},
        {QStringLiteral("mathbf"), MathFace::Bold},
        {QStringLiteral("bm"), MathFace::BoldItalic},
        {QStringLiteral("boldsymbol"), MathFace::BoldItalic},
        {QStringLiteral("mathbb"), MathFace::Blackboard},
        {QStringLiteral("mathcal"), MathFace::Script},
        {QStringLiteral("mathscr"), MathFace::Script},
        {QStringLiteral("mathfrak"), MathFace::Fraktur},
        {QStringLiteral("mathsf"), MathFace::Sans},
        {QStringLiteral("mathtt"), MathFace::Mono},
    };
    const auto found = table.constFind(command.toString());
    return found == table.constEnd() ? std::nullopt : std::optional<MathFace>(*found);
}

MathNode nodeOf(Kind kind) {
    MathNode node;
    node.kind = kind;
    return node;
}

class Parser {
public:
    explicit Parser(QStringView source)
        : m_source(source) {}

    std::optional<MathNode> parse() {
        MathNode whole = grid(QString(), QStringLiteral("rl"), true);
        if (m_failed || m_position < m_source.size())
            return std::nullopt;
        if (whole.children.size() == 1)
            return std::move(whole.children.front());
        return whole;
    }

private:
    void skipSpaces() {
        while (m_position < m_source.size() && m_source[m_position].isSpace())
            ++m_position;
    }
    /// The next token without taking it: a character, a surrogate pair, a command.
    QStringView peek() {
        skipSpaces();
        return tokenAt(m_position);
    }
    QStringView tokenAt(qsizetype at) const {
        if (at >= m_source.size())
            return {};
        qsizetype end = at + 1;
        if (m_source[at] == u'\\' && end < m_source.size()) {
            const auto isLetter = [](QChar c) {
                return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z');
            };
            if (isLetter(m_source[end]))
                while (end < m_source.size() && isLetter(m_source[end]))
                    ++end;
            else
                ++end;
        } else if (m_source[at].isHighSurrogate() && end < m_source.size()) {
            ++end;
        }
        return m_source.mid(at, end - at);
    }
    QStringView take() {
        const QStringView token = peek();
        m_position += token.size();
        return token;
    }
    bool takeIf(QLatin1String wanted) {
        if (peek() != wanted)
            return false;
        m_position += wanted.size();
        return true;
    }
    MathNode fail() {
        m_failed = true;
        m_position = m_source.size();
        return {};
    }
    bool ends(QStringView token) const {
        return token.isEmpty() || token == QLatin1String("}") || token == QLatin1String("&") ||
               token == QLatin1String("\\\\") || token == QLatin1String("\\cr") ||
               token == QLatin1String("\\right") || token == QLatin1String("\\middle") ||
               token == QLatin1String("\\end") || token == QLatin1String("\\hline") ||
               (m_inBrackets && token == QLatin1String("]"));
    }
    bool count() {
        if (++m_nodes > kMathMostNodes)
            fail();
        return !m_failed;
    }

    MathNode row();
    MathNode group();
    MathNode argument();
    MathNode atom();
    MathNode command(QStringView name);
    MathNode withScripts(MathNode base);
    MathNode symbol(char32_t character, MathClass cls) const;
    MathNode fraction(MathStyle style, bool bar);
    MathNode root();
    MathNode fenced();
    MathNode sized(QStringView name);
    MathNode environment();
    MathNode grid(const QString& name, const QString& columns, bool wide);
    MathNode accent(QStringView name, MathAccent accent);
    MathNode words(MathFace face);
    MathNode arrow(QStringView name);
    MathNode stacked(bool under);
    QString rawArgument();
    QString fenceToken();

    QStringView m_source;
    qsizetype m_position = 0;
    int m_depth = 0;
    int m_nodes = 0;
    bool m_failed = false;
    bool m_inBrackets = false;
    MathFace m_face = MathFace::Italic;
};

MathNode Parser::symbol(char32_t character, MathClass cls) const {
    MathNode node = nodeOf(Kind::Symbol);
    node.text = QString::fromUcs4(&character, 1);
    node.cls = cls;
    node.face = m_face;
    return node;
}

MathNode Parser::row() {
    MathNode node = nodeOf(Kind::Row);
    if (++m_depth > kMathDeepest)
        return fail();
    while (!m_failed && !ends(peek())) {
        // A change of style rules to the end of its group.
        const QStringView token = peek();
        const MathStyle style = token == QLatin1String("\\displaystyle") ? MathStyle::Display
                                : token == QLatin1String("\\textstyle")  ? MathStyle::Text
                                : token == QLatin1String("\\scriptstyle") ||
                                        token == QLatin1String("\\scriptscriptstyle")
                                    ? MathStyle::Script
                                    : MathStyle::Inherit;
        if (style != MathStyle::Inherit) {
            take();
            MathNode styled = nodeOf(Kind::Styled);
            styled.style = style;
            styled.children.push_back(row());
            node.children.push_back(std::move(styled));
            break;
        }
        node.children.push_back(withScripts(atom()));
        if (!count())
            break;
    }
    --m_depth;
    return node;
}

MathNode Parser::group() {
    if (!takeIf(QLatin1String("{")))
        return fail();
    const bool brackets = std::exchange(m_inBrackets, false);
    MathNode node = row();
    m_inBrackets = brackets;
    if (!takeIf(QLatin1String("}")))
        return fail();
    return node;
}

/// A group or one token.
MathNode Parser::argument() {
    const QStringView token = peek();
    if (token == QLatin1String("{"))
        return group();
    if (ends(token) || ++m_depth > kMathDeepest)
        return fail();
    MathNode node = atom();
    --m_depth;
    return node;
}

MathNode Parser::withScripts(MathNode base) {
    MathNode below;
    MathNode above;
    bool any = false;
    for (;;) {
        const QStringView token = peek();
        if (token == QLatin1String("\\limits") || token == QLatin1String("\\nolimits")) {
            base.limits = base.always = token == QLatin1String("\\limits");
            take();
        } else if (token == QLatin1String("^") || token == QLatin1String("_")) {
            MathNode& target = token == QLatin1String("^") ? above : below;
            take();
            MathNode script = argument();
            if (!target.children.empty() && token == QLatin1String("_"))
                fail();
            target.children.push_back(std::move(script));
            any = true;
        } else if (token == QLatin1String("'")) {
            take();
            above.children.push_back(symbol(U'′', MathClass::Ordinary));
            any = true;
        } else {
            break;
        }
        if (!count())
            break;
    }
    if (!any || m_failed)
        return base;
    MathNode node = nodeOf(Kind::Scripts);
    node.cls = base.cls;
    node.children.push_back(std::move(base));
    node.children.push_back(std::move(below));
    node.children.push_back(std::move(above));
    return node;
}

MathNode Parser::atom() {
    const QStringView token = take();
    if (token == QLatin1String("{")) {
        m_position -= 1;
        return group();
    }
    if (token == QLatin1String("~")) {
        MathNode space = nodeOf(Kind::Space);
        space.cls = MathClass::None;
        space.amount = 0.3;
        return space;
    }
    if (token == QLatin1String("^") || token == QLatin1String("_")) {
        m_position -= 1;
        return nodeOf(Kind::Row); // A script of nothing, as in {}^2.
    }
    if (token == QLatin1String("#") || token == QLatin1String("$") || token == QLatin1String("%"))
        return fail();
    if (token.size() > 1 && token.front() == u'\\')
        return command(token.mid(1));
    if (token == QLatin1String("\\"))
        return fail();
    const auto character = token.toUcs4();
    const MathSymbol typed = typedSymbol(character.value(0));
    return symbol(typed.character, typed.cls);
}

MathNode Parser::command(QStringView name) {
    const auto is = [&](const char* wanted) { return name == QLatin1String(wanted); };
    if (const auto known = mathSymbol(name))
        return symbol(known->character, known->cls);
    if (const auto large = largeOperator(name)) {
        MathNode node = symbol(large->character, MathClass::Operator);
        node.large = true;
        node.limits = large->limits;
        return node;
    }
    if (const auto below = namedFunction(name)) {
        MathNode node = nodeOf(Kind::Text);
        node.cls = MathClass::Operator;
        node.face = MathFace::Upright;
        node.text = name.toString();
        if (is("limsup") || is("liminf") || is("argmax") || is("argmin"))
            node.text.insert(3, QChar(0x2006));
        node.limits = *below;
        return node;
    }
    if (const auto amount = mathSpace(name)) {
        MathNode node = nodeOf(Kind::Space);
        node.cls = MathClass::None;
        node.amount = *amount;
        return node;
    }
    if (const auto over = mathAccent(name))
        return accent(name, *over);
    if (const auto face = faceOf(name)) {
        const MathFace before = std::exchange(m_face, *face);
        MathNode node = argument();
        m_face = before;
        return node;
    }
    if (is("frac") || is("cfrac"))
        return fraction(MathStyle::Inherit, true);
    if (is("dfrac"))
        return fraction(MathStyle::Display, true);
    if (is("tfrac"))
        return fraction(MathStyle::Text, true);
    if (is("binom") || is("dbinom") || is("tbinom")) {
        MathNode node = nodeOf(Kind::Fenced);
        node.cls = MathClass::Inner;
        node.left = QStringLiteral("(");
        node.right = QStringLiteral(")");
        node.children.push_back(fraction(MathStyle::Inherit, false));
        return node;
    }
    if (is("sqrt"))
        return root();
    if (is("left"))
        return fenced();
    if (is("begin"))
        return environment();
    if (is("text") || is("textrm") || is("textnormal") || is("mbox"))
        return words(MathFace::Upright);
    if (is("textbf"))
        return words(MathFace::Bold);
    if (is("textit") || is("emph"))
        return words(MathFace::Italic);
    if (is("texttt"))
        return words(MathFace::Mono);
    if (is("operatorname")) {
        const bool below = takeIf(QLatin1String("*"));
        const qsizetype start = m_position;
        MathNode node = nodeOf(Kind::Text);
        if (rawArgument().contains(u'\\')) {
            m_position = start;
            const MathFace before = std::exchange(m_face, MathFace::Upright);
            node = argument();
            m_face = before;
        } else {
            m_position = m_failed ? m_position : start;
            node = words(MathFace::Upright);
        }
        node.cls = MathClass::Operator;
        node.limits = below;
        return node;
    }
    if (is("overset") || is("stackrel"))
        return stacked(false);
    if (is("underset"))
        return stacked(true);
    if (is("xrightarrow") || is("xleftarrow"))
        return arrow(name);
    if (is("not")) {
        MathNode node = argument();
        const auto crossed =
            node.kind == Kind::Symbol ? negated(node.text.toUcs4().value(0)) : std::nullopt;
        return crossed ? symbol(*crossed, MathClass::Relation) : fail();
    }
    if (is("pmod") || is("bmod") || is("mod")) {
        MathNode node = nodeOf(Kind::Row);
        MathNode space = nodeOf(Kind::Space);
        space.cls = MathClass::None;
        space.amount = is("bmod") ? 0.25 : 0.6;
        MathNode word = nodeOf(Kind::Text);
        word.face = MathFace::Upright;
        word.text = is("pmod") ? QStringLiteral("(mod") : QStringLiteral("mod");
        node.children = {space, word};
        space.amount = 0.3;
        node.children.push_back(space);
        if (is("pmod")) {
            node.children.push_back(argument());
            node.children.push_back(symbol(U')', MathClass::Close));
        }
        return node;
    }
    if (is("phantom") || is("boxed")) {
        MathNode node = nodeOf(is("boxed") ? Kind::Boxed : Kind::Phantom);
        node.children.push_back(argument());
        return node;
    }
    if (is("color") || is("label") || is("notag") || is("nonumber")) {
        if (!is("notag") && !is("nonumber"))
            rawArgument();
        return nodeOf(Kind::Row);
    }
    if (is("textcolor")) {
        rawArgument();
        return argument();
    }
    if (is("tag")) {
        MathNode node = nodeOf(Kind::Row);
        MathNode space = nodeOf(Kind::Space);
        space.cls = MathClass::None;
        space.amount = 2.0;
        MathNode word = nodeOf(Kind::Text);
        word.face = MathFace::Upright;
        word.text = u'(' + rawArgument() + u')';
        node.children = {space, word};
        return node;
    }
    if (name.startsWith(QLatin1String("big")) || name.startsWith(QLatin1String("Big")))
        return sized(name);
    return fail();
}

MathNode Parser::fraction(MathStyle style, bool bar) {
    MathNode node = nodeOf(Kind::Fraction);
    node.cls = MathClass::Inner;
    node.style = style;
    node.bar = bar;
    node.children.push_back(argument());
    node.children.push_back(argument());
    return node;
}

MathNode Parser::root() {
    MathNode node = nodeOf(Kind::Root);
    MathNode index;
    bool hasIndex = false;
    if (takeIf(QLatin1String("["))) {
        const bool before = std::exchange(m_inBrackets, true);
        index = row();
        m_inBrackets = before;
        hasIndex = true;
        if (!takeIf(QLatin1String("]")))
            return fail();
    }
    node.children.push_back(argument());
    if (hasIndex)
        node.children.push_back(std::move(index));
    return node;
}

QString Parser::fenceToken() {
    const auto fence = mathFence(take());
    if (!fence)
        fail();
    return fence.value_or(QString());
}

MathNode Parser::fenced() {
    MathNode node = nodeOf(Kind::Fenced);
    node.cls = MathClass::Inner;
    node.left = fenceToken();
    const bool brackets = std::exchange(m_inBrackets, false);
    node.children.push_back(row());
    while (!m_failed && takeIf(QLatin1String("\\middle"))) {
        node.middles.push_back(fenceToken());
        node.children.push_back(row());
    }
    m_inBrackets = brackets;
    if (!takeIf(QLatin1String("\\right")))
        return fail();
    node.right = fenceToken();
    return node;
}

/// \big( and the like: a fence of a fixed size.
MathNode Parser::sized(QStringView name) {
    const QChar side = name.back();
    QStringView plain = name;
    MathNode node = nodeOf(Kind::Fenced);
    node.cls = MathClass::Ordinary;
    if (name.size() > 3 && (side == u'l' || side == u'r' || side == u'm')) {
        plain.chop(1);
        node.cls = side == u'l'   ? MathClass::Open
                   : side == u'r' ? MathClass::Close
                                  : MathClass::Relation;
    }
    node.amount = plain == QLatin1String("big")    ? 1.2
                  : plain == QLatin1String("Big")  ? 1.8
                  : plain == QLatin1String("bigg") ? 2.4
                  : plain == QLatin1String("Bigg") ? 3.0
                                                   : 0.0;
    if (node.amount == 0.0)
        return fail();
    node.left = fenceToken();
    return node;
}

MathNode Parser::accent(QStringView name, MathAccent accent) {
    MathNode node = nodeOf(Kind::Accent);
    node.text = name.toString();
    node.large = accent.wide;
    node.under = accent.under;
    if (name.endsWith(QLatin1String("brace"))) {
        node.cls = MathClass::Operator;
        node.limits = node.always = true;
    }
    node.children.push_back(argument());
    return node;
}

QString Parser::rawArgument() {
    if (!takeIf(QLatin1String("{"))) {
        fail();
        return {};
    }
    int depth = 1;
    const qsizetype start = m_position;
    while (m_position < m_source.size()) {
        const QStringView token = tokenAt(m_position);
        m_position += token.size();
        depth += token == QLatin1String("{") ? 1 : token == QLatin1String("}") ? -1 : 0;
        if (depth == 0)
            return m_source.mid(start, m_position - 1 - start).toString();
    }
    fail();
    return {};
}

MathNode Parser::words(MathFace face) {
    MathNode node = nodeOf(Kind::Text);
    node.face = face;
    node.text = rawArgument();
    static const QString kEscaped = QStringLiteral("%$&#_{} ");
    QString plain;
    for (qsizetype i = 0; i < node.text.size(); ++i) {
        const QChar c = node.text.at(i);
        if (c == u'\\' && i + 1 < node.text.size() && kEscaped.contains(node.text.at(i + 1)))
            plain += node.text.at(++i);
        else if (c == u'\\' || c == u'$')
            return fail();
        else if (c != u'{' && c != u'}')
            plain += c == u'~' || c.isSpace() ? QChar(u' ') : c;
    }
    node.text = plain;
    return node;
}

MathNode Parser::stacked(bool under) {
    MathNode node = nodeOf(Kind::Scripts);
    MathNode script = argument();
    MathNode base = argument();
    node.cls = base.cls;
    base.limits = base.always = true;
    node.children.push_back(std::move(base));
    node.children.emplace_back();
    node.children.emplace_back();
    node.children[under ? 1 : 2].children.push_back(std::move(script));
    return node;
}

MathNode Parser::arrow(QStringView name) {
    MathNode node = nodeOf(Kind::Arrow);
    node.cls = MathClass::Relation;
    node.text = name.mid(1).toString();
    MathNode below;
    if (takeIf(QLatin1String("["))) {
        const bool before = std::exchange(m_inBrackets, true);
        below = row();
        m_inBrackets = before;
        if (!takeIf(QLatin1String("]")))
            return fail();
    }
    node.children.push_back(argument());
    node.children.push_back(std::move(below));
    return node;
}

MathNode Parser::environment() {
    const QString name = rawArgument();
    const Environment* known = environmentOf(name);
    if (!known)
        return fail();
    QString columns = QString::fromLatin1(known->columns);
    if (name == QLatin1String("array")) {
        columns = rawArgument();
        columns.remove(u' ');
        for (const QChar c : std::as_const(columns))
            if (!QStringLiteral("lcr|").contains(c))
                return fail();
    } else if (name == QLatin1String("alignedat")) {
        rawArgument();
    }
    const bool brackets = std::exchange(m_inBrackets, false);
    MathNode body = grid(name, columns, known->wide);
    m_inBrackets = brackets;
    if (!takeIf(QLatin1String("\\end")) || rawArgument() != name)
        return fail();
    if (*known->left == '\0' && *known->right == '\0')
        return body;
    MathNode node = nodeOf(Kind::Fenced);
    node.cls = MathClass::Inner;
    node.left = QString::fromUtf8(known->left);
    node.right = QString::fromUtf8(known->right);
    node.children.push_back(std::move(body));
    return node;
}

MathNode Parser::grid(const QString& name, const QString& columns, bool wide) {
    std::vector<std::vector<MathNode>> rows(1);
    MathNode node = nodeOf(Kind::Grid);
    node.columns = columns;
    node.wide = wide;
    if (++m_depth > kMathDeepest)
        return fail();
    while (!m_failed) {
        while (takeIf(QLatin1String("\\hline")))
            node.rules.push_back(static_cast<int>(rows.size()) - 1);
        if (!name.isEmpty() && peek() == QLatin1String("\\end"))
            break;
        rows.back().push_back(row());
        if (static_cast<int>(rows.back().size()) > kMostColumns)
            return fail();
        if (takeIf(QLatin1String("&")))
            continue;
        if (!takeIf(QLatin1String("\\\\")) && !takeIf(QLatin1String("\\cr")))
            break;
        // The distance in \\[2pt] is ours to choose.
        if (tokenAt(m_position) == QLatin1String("[")) {
            const qsizetype close = m_source.indexOf(u']', m_position);
            if (close < 0 || close - m_position > 12)
                return fail();
            m_position = close + 1;
        }
        rows.emplace_back();
    }
    --m_depth;
    if (rows.back().empty() ||
        (rows.size() > 1 && rows.back().size() == 1 && rows.back().front().children.empty()))
        rows.pop_back();
    std::size_t longest = 1;
    for (const auto& cells : rows)
        longest = std::max(longest, cells.size());
    if (longest * rows.size() > kMathMostNodes)
        return fail();
    node.rowLength = static_cast<int>(longest);
    for (auto& cells : rows) {
        cells.resize(longest);
        std::move(cells.begin(), cells.end(), std::back_inserter(node.children));
    }
    return node;
}

} // namespace

std::optional<MathNode> parseMath(QStringView source) {
    if (source.size() > kMathLongest || source.trimmed().isEmpty())
        return std::nullopt;
    return Parser(source).parse();
}

} // namespace hearth::ui
