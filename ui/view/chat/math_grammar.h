#pragma once

#include "view/chat/math_node.h"
#include "view/chat/math_symbols.h"

#include <QStringView>

#include <optional>

namespace hearth::ui {

/// Reads one formula by recursive descent; see parseMath(). After a failure every token is empty,
/// so that all loops end.
class MathParser {
public:
    explicit MathParser(QStringView source)
        : m_source(source) {}

    std::optional<MathNode> parse();

private:
    void skipSpaces();
    /// The next token without taking it: a character, a surrogate pair, a command.
    QStringView peek();
    QStringView tokenAt(qsizetype at) const;
    QStringView take();
    bool takeIf(QLatin1String wanted);
    MathNode fail();
    bool ends(QStringView token) const;
    bool count();

    MathNode row();
    MathNode group();
    MathNode argument();
    MathNode atom();
    MathNode command(QStringView name);
    std::optional<MathNode> signCommand(QStringView name);
    std::optional<MathNode> structureCommand(QStringView name);
    std::optional<MathNode> wordsCommand(QStringView name);
    std::optional<MathNode> otherCommand(QStringView name);
    MathNode operatorName();
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

inline MathNode mathNode(MathNode::Kind kind) {
    MathNode node;
    node.kind = kind;
    return node;
}

inline MathNode mathSpaceNode(double em) {
    MathNode node = mathNode(MathNode::Kind::Space);
    node.cls = MathClass::None;
    node.amount = em;
    return node;
}

} // namespace hearth::ui
