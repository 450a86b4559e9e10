#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>
#include <deque>
#include <vector>

namespace hearth::ui {

/// A run of text that looks different; styles are or-ed.
struct Span {
    enum Style : std::uint8_t { Bold = 1, Italic = 2, Code = 4, Strike = 8, Link = 16 };

    int start = 0;
    int length = 0;
    std::uint8_t styles = 0;
    int link = -1; ///< Index into Block::links where styles has Link.

    bool operator==(const Span&) const = default;
};

/// A formula inside a block; stands for the one character kFormulaCharacter of its text.
struct Formula {
    int position = 0;
    QString source; ///< LaTeX without its delimiters; parseMath() reads it.
    QString typed;  ///< As written, delimiters included: what is copied.
    bool display = false;

    bool operator==(const Formula&) const = default;
};

inline constexpr char16_t kFormulaCharacter = u'\uFFFC';

enum class CellAlignment : std::uint8_t { Left, Center, Right };

/// A leaf of a message: what is laid out, painted, selected and kept as a whole. Plain data; the
/// text has no control or bidirectional override characters, links only http, https and mailto.
struct Block {
    enum class Kind : std::uint8_t {
        Paragraph,
        Heading,
        Code,  ///< A segment of a code block: long ones are cut so that each is laid out alone.
        Table, ///< text: cells joined by tab, rows by line feed.
        Rule,
        Formula, ///< One display formula, alone in text.
        Thought, ///< The line that folds the thinking blocks after it.
    };

    Kind kind = Kind::Paragraph;
    QString text;
    std::vector<Span> spans;
    QStringList links;
    std::vector<Formula> formulas; ///< By position.

    int level = 0; ///< Heading, 1 to 6.
    int quoteDepth = 0;
    int listDepth = 0;
    QString marker;     ///< "•", "3." or a box, on the first block of a list item.
    bool tight = false; ///< Stands close to the block before it (items of a list).
    bool thinking = false;
    bool thoughtOpen = false; ///< Thought: its end has not been met yet.

    QString language;       ///< Code: as written after the fence.
    int codeState = 0;      ///< Code: the highlighter's state before the first line.
    bool continues = false; ///< Code: not the first segment.
    bool continued = false; ///< Code: another segment follows.

    int columns = 0;        ///< Table; the first row is the head.
    std::vector<int> cells; ///< Table: where each cell's text starts, row by row.
    std::vector<CellAlignment> alignments;

    bool operator==(const Block&) const = default;
};

/// A deque: a message can have hundreds of thousands, and growing must not move them.
using BlockList = std::deque<Block>;

} // namespace hearth::ui
