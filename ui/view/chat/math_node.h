#pragma once

#include <QString>

#include <cstdint>
#include <vector>

namespace hearth::ui {

/// What a symbol is for its neighbours; decides the space between them (TeXbook, chapter 18).
enum class MathClass : std::uint8_t {
    Ordinary,
    Operator,
    Binary,
    Relation,
    Open,
    Close,
    Punctuation,
    Inner,
    None, ///< Spaces: neighbours don't see them.
};

/// The alphabet of a letter.
enum class MathFace : std::uint8_t {
    Italic,
    Upright,
    Bold,
    BoldItalic,
    Blackboard,
    Script,
    Fraktur,
    Sans,
    Mono,
};

enum class MathStyle : std::uint8_t { Inherit, Display, Text, Script };

/// A formula as a tree. Plain data.
struct MathNode {
    enum class Kind : std::uint8_t {
        Row,
        Symbol,   ///< text: one character.
        Text,     ///< text: words, and names of functions.
        Space,    ///< amount: em.
        Fraction, ///< Two children; bar or none.
        Root,     ///< What is under it, then the index where there is one.
        Scripts,  ///< Base, below, above; the last two may be empty rows.
        Fenced,   ///< Children between left and right; fences between children in middles.
        Accent,   ///< text: the accent's name; over its child, or under it.
        Grid,     ///< Cells row by row.
        Arrow,    ///< text: the arrow; what stands above and below it.
        Boxed,
        Styled, ///< One child in another style.
        Phantom,
    };

    Kind kind = Kind::Row;
    MathClass cls = MathClass::Ordinary;
    MathFace face = MathFace::Italic;
    MathStyle style = MathStyle::Inherit;
    bool large = false;  ///< Symbol: grows in display style. Accent: as wide as its child.
    bool limits = false; ///< Scripts go above and below: in display style, or always where…
    bool always = false; ///< …this is set too.
    bool bar = true;
    bool under = false;
    double amount = 0.0; ///< Space: em. Fenced: fixed size of the fence, em; 0: as its content.
    QString text;
    QString left, right;
    std::vector<QString> middles;
    QString columns; ///< Grid: l, c or r a column, | for a rule before one.
    int rowLength = 1;
    std::vector<int> rules; ///< Grid: rows above which a rule is drawn.
    bool wide = false;      ///< Grid: cells in display style, pairs of columns joined.
    std::vector<MathNode> children;
};

} // namespace hearth::ui
