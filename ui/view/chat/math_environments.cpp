#include "view/chat/math_grammar.h"

#include "view/chat/math_parser.h"

#include <QHash>

#include <algorithm>
#include <iterator>
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

} // namespace

MathNode MathParser::environment() {
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
    MathNode node = mathNode(Kind::Fenced);
    node.cls = MathClass::Inner;
    node.left = QString::fromUtf8(known->left);
    node.right = QString::fromUtf8(known->right);
    node.children.push_back(std::move(body));
    return node;
}

MathNode MathParser::grid(const QString& name, const QString& columns, bool wide) {
    std::vector<std::vector<MathNode>> rows(1);
    MathNode node = mathNode(Kind::Grid);
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

} // namespace hearth::ui
