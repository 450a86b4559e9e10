#include "view/chat/math_grammar.h"

#include "view/chat/math_parser.h"

#include <QHash>

#include <utility>

namespace hearth::ui {
namespace {

using Kind = MathNode::Kind;

constexpr QChar kSixthOfEm(0x2006);

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

} // namespace

MathNode MathParser::command(QStringView name) {
    for (auto read : {&MathParser::signCommand, &MathParser::structureCommand,
                      &MathParser::wordsCommand, &MathParser::otherCommand}) {
        std::optional<MathNode> node = (this->*read)(name);
        if (node)
            return std::move(*node);
    }
    return fail();
}

/// Commands that stand for a sign, a name or a space.
std::optional<MathNode> MathParser::signCommand(QStringView name) {
    if (const auto known = mathSymbol(name))
        return symbol(known->character, known->cls);
    if (const auto large = largeOperator(name)) {
        MathNode node = symbol(large->character, MathClass::Operator);
        node.large = true;
        node.limits = large->limits;
        return node;
    }
    if (const auto below = namedFunction(name)) {
        MathNode node = mathNode(Kind::Text);
        node.cls = MathClass::Operator;
        node.face = MathFace::Upright;
        node.text = name.toString();
        if (name.size() == 6 && (name.startsWith(u"lim") || name.startsWith(u"arg")))
            node.text.insert(3, kSixthOfEm);
        node.limits = *below;
        return node;
    }
    if (const auto amount = mathSpace(name))
        return mathSpaceNode(*amount);
    return std::nullopt;
}

/// Commands whose arguments are formulas.
std::optional<MathNode> MathParser::structureCommand(QStringView name) {
    const auto is = [&](const char* wanted) { return name == QLatin1String(wanted); };
    if (is("frac") || is("cfrac"))
        return fraction(MathStyle::Inherit, true);
    if (is("dfrac"))
        return fraction(MathStyle::Display, true);
    if (is("tfrac"))
        return fraction(MathStyle::Text, true);
    if (is("binom") || is("dbinom") || is("tbinom")) {
        MathNode node = mathNode(Kind::Fenced);
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
    if (is("overset") || is("stackrel"))
        return stacked(false);
    if (is("underset"))
        return stacked(true);
    if (is("xrightarrow") || is("xleftarrow"))
        return arrow(name);
    if (is("phantom") || is("boxed")) {
        MathNode node = mathNode(is("boxed") ? Kind::Boxed : Kind::Phantom);
        node.children.push_back(argument());
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
    if (name.startsWith(u"big") || name.startsWith(u"Big"))
        return sized(name);
    return std::nullopt;
}

/// Commands whose arguments are words.
std::optional<MathNode> MathParser::wordsCommand(QStringView name) {
    const auto is = [&](const char* wanted) { return name == QLatin1String(wanted); };
    if (is("text") || is("textrm") || is("textnormal") || is("mbox"))
        return words(MathFace::Upright);
    if (is("textbf"))
        return words(MathFace::Bold);
    if (is("textit") || is("emph"))
        return words(MathFace::Italic);
    if (is("texttt"))
        return words(MathFace::Mono);
    if (is("operatorname"))
        return operatorName();
    if (is("tag")) {
        MathNode node = mathNode(Kind::Row);
        MathNode word = mathNode(Kind::Text);
        word.face = MathFace::Upright;
        word.text = u'(' + rawArgument() + u')';
        node.children = {mathSpaceNode(2.0), word};
        return node;
    }
    return std::nullopt;
}

std::optional<MathNode> MathParser::otherCommand(QStringView name) {
    const auto is = [&](const char* wanted) { return name == QLatin1String(wanted); };
    if (is("not")) {
        const MathNode node = argument();
        const auto crossed =
            node.kind == Kind::Symbol ? negated(node.text.toUcs4().value(0)) : std::nullopt;
        return crossed ? symbol(*crossed, MathClass::Relation) : fail();
    }
    if (is("pmod") || is("bmod") || is("mod")) {
        MathNode node = mathNode(Kind::Row);
        MathNode word = mathNode(Kind::Text);
        word.face = MathFace::Upright;
        word.text = is("pmod") ? QStringLiteral("(mod") : QStringLiteral("mod");
        node.children = {mathSpaceNode(is("bmod") ? 0.25 : 0.6), word, mathSpaceNode(0.3)};
        if (is("pmod")) {
            node.children.push_back(argument());
            node.children.push_back(symbol(U')', MathClass::Close));
        }
        return node;
    }
    // Colours, labels and numbers of equations are left out.
    if (is("notag") || is("nonumber"))
        return mathNode(Kind::Row);
    if (is("color") || is("label")) {
        rawArgument();
        return mathNode(Kind::Row);
    }
    if (is("textcolor")) {
        rawArgument();
        return argument();
    }
    return std::nullopt;
}

/// Plain words are set as words; else what is given is set upright.
MathNode MathParser::operatorName() {
    const bool below = takeIf(QLatin1String("*"));
    const qsizetype start = m_position;
    MathNode node;
    const bool plain = !rawArgument().contains(u'\\');
    m_position = m_failed ? m_position : start;
    if (plain) {
        node = words(MathFace::Upright);
    } else {
        const MathFace before = std::exchange(m_face, MathFace::Upright);
        node = argument();
        m_face = before;
    }
    node.cls = MathClass::Operator;
    node.limits = below;
    return node;
}

MathNode MathParser::fraction(MathStyle style, bool bar) {
    MathNode node = mathNode(Kind::Fraction);
    node.cls = MathClass::Inner;
    node.style = style;
    node.bar = bar;
    node.children.push_back(argument());
    node.children.push_back(argument());
    return node;
}

MathNode MathParser::root() {
    MathNode node = mathNode(Kind::Root);
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

QString MathParser::fenceToken() {
    const auto fence = mathFence(take());
    if (!fence)
        fail();
    return fence.value_or(QString());
}

MathNode MathParser::fenced() {
    MathNode node = mathNode(Kind::Fenced);
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

MathNode MathParser::sized(QStringView name) {
    const QChar side = name.back();
    QStringView plain = name;
    MathNode node = mathNode(Kind::Fenced);
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

MathNode MathParser::accent(QStringView name, MathAccent accent) {
    MathNode node = mathNode(Kind::Accent);
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

QString MathParser::rawArgument() {
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

MathNode MathParser::words(MathFace face) {
    MathNode node = mathNode(Kind::Text);
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

MathNode MathParser::stacked(bool under) {
    MathNode node = mathNode(Kind::Scripts);
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

MathNode MathParser::arrow(QStringView name) {
    MathNode node = mathNode(Kind::Arrow);
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

} // namespace hearth::ui
