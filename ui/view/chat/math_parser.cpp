#include "view/chat/math_grammar.h"

#include "view/chat/math_parser.h"

#include <utility>

namespace hearth::ui {
namespace {

using Kind = MathNode::Kind;

} // namespace

std::optional<MathNode> MathParser::parse() {
    MathNode whole = grid(QString(), QStringLiteral("rl"), true);
    if (m_failed || m_position < m_source.size())
        return std::nullopt;
    if (whole.children.size() == 1)
        return std::move(whole.children.front());
    return whole;
}

void MathParser::skipSpaces() {
    while (m_position < m_source.size() && m_source[m_position].isSpace())
        ++m_position;
}

QStringView MathParser::peek() {
    skipSpaces();
    return tokenAt(m_position);
}

QStringView MathParser::tokenAt(qsizetype at) const {
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

QStringView MathParser::take() {
    const QStringView token = peek();
    m_position += token.size();
    return token;
}

bool MathParser::takeIf(QLatin1String wanted) {
    if (peek() != wanted)
        return false;
    m_position += wanted.size();
    return true;
}

MathNode MathParser::fail() {
    m_failed = true;
    m_position = m_source.size();
    return {};
}

bool MathParser::ends(QStringView token) const {
    return token.isEmpty() || token == QLatin1String("}") || token == QLatin1String("&") ||
           token == QLatin1String("\\\\") || token == QLatin1String("\\cr") ||
           token == QLatin1String("\\right") || token == QLatin1String("\\middle") ||
           token == QLatin1String("\\end") || token == QLatin1String("\\hline") ||
           (m_inBrackets && token == QLatin1String("]"));
}

bool MathParser::count() {
    if (++m_nodes > kMathMostNodes)
        fail();
    return !m_failed;
}

MathNode MathParser::symbol(char32_t character, MathClass cls) const {
    MathNode node = mathNode(Kind::Symbol);
    node.text = QString::fromUcs4(&character, 1);
    node.cls = cls;
    node.face = m_face;
    return node;
}

MathNode MathParser::row() {
    MathNode node = mathNode(Kind::Row);
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
            MathNode styled = mathNode(Kind::Styled);
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

MathNode MathParser::group() {
    if (!takeIf(QLatin1String("{")))
        return fail();
    const bool brackets = std::exchange(m_inBrackets, false);
    MathNode node = row();
    m_inBrackets = brackets;
    if (!takeIf(QLatin1String("}")))
        return fail();
    return node;
}

MathNode MathParser::argument() {
    const QStringView token = peek();
    if (token == QLatin1String("{"))
        return group();
    if (ends(token) || ++m_depth > kMathDeepest)
        return fail();
    MathNode node = atom();
    --m_depth;
    return node;
}

MathNode MathParser::withScripts(MathNode base) {
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
    MathNode node = mathNode(Kind::Scripts);
    node.cls = base.cls;
    node.children.push_back(std::move(base));
    node.children.push_back(std::move(below));
    node.children.push_back(std::move(above));
    return node;
}

MathNode MathParser::atom() {
    const QStringView token = take();
    if (token == QLatin1String("{")) {
        m_position -= 1;
        return group();
    }
    if (token == QLatin1String("~"))
        return mathSpaceNode(0.3);
    if (token == QLatin1String("^") || token == QLatin1String("_")) {
        m_position -= 1;
        return mathNode(Kind::Row); // A script of nothing, as in {}^2.
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

std::optional<MathNode> parseMath(QStringView source) {
    if (source.size() > kMathLongest || source.trimmed().isEmpty())
        return std::nullopt;
    return MathParser(source).parse();
}

} // namespace hearth::ui
