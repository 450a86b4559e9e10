#pragma once

#include "view/chat/markdown_block.h"
#include "view/chat/math_picture.h"
#include "view/theme/metrics.h"
#include "view/theme/tokens.h"

#include <QPointF>
#include <QRectF>
#include <QTextLayout>

#include <memory>
#include <vector>

class QPainter;

namespace hearth::ui {

/// Part of a block's text, offsets into Block::text.
struct TextRange {
    int start = 0;
    int end = 0;
    bool isEmpty() const { return end <= start; }
};

/// The ground of what a search has found; text and muted text stay readable on it.
QColor foundGround(const Tokens& tokens);

/// One block at one width, ready to paint: its lines, their places, what is behind them.
/// Coordinates are relative to the block's top left, indentation included. Holds no reference to
/// the theme; made anew when that changes.
class BlockLayout {
public:
    struct Look {
        qreal width = 0.0;  ///< Of the column.
        bool muted = false; ///< Thinking and notices.
        bool centered = false;
    };

    BlockLayout(Block block, const Look& look);

    const Block& block() const { return m_block; }
    qreal height() const { return m_height; }
    /// Of the widest line, indentation included: what a bubble has to hold.
    qreal naturalWidth() const { return m_naturalWidth; }

    /// What is marked in the text.
    struct Marks {
        TextRange selection;
        std::vector<TextRange> found; ///< By a search.
        TextRange current;            ///< The match that was gone to.
    };
    /// clip: what is exposed, in the painter's coordinates.
    void paint(QPainter& painter, const QPointF& origin, const QRectF& clip,
               const Marks& marks) const;
    /// Nearest offset to a point.
    int offsetAt(const QPointF& point) const;
    /// Where a caret before offset stands: x, top and height.
    QRectF caretAt(int offset) const;
    /// Around a span's text; where it runs over several lines, all of them.
    QRectF rectOf(const Span& span) const;
    /// The link under a point, or an empty text.
    QString linkAt(const QPointF& point) const;
    /// Code's first segment: the header line.
    QRectF codeHeaderRect() const;

    static constexpr int kListIndent = 24;
    static constexpr int kQuoteIndent = 16;
    static constexpr int kRuleHeight = 25;

    static qreal indentOf(const Block& block);
    /// Space above a block that follows another one in the same message.
    static qreal gap(const Block& before, const Block& block);
    static qreal estimatedHeight(const Block& block, qreal width);

private:
    static constexpr int kCellPadding = 10;
    static constexpr int kCellPaddingY = 7;
    static constexpr int kSmallestColumn = 48;

    struct LineBox {
        qreal top = 0.0; ///< In the piece.
        qreal height = 0.0;
    };
    struct Piece {
        std::unique_ptr<QTextLayout> layout;
        std::vector<LineBox> lines;
        QPointF origin;
        int start = 0; ///< Offset of its text in the block's.
    };

    static TextStyle styleOf(const Block& block);
    /// What formulas in a line need above and below its base line.
    MathExtent extentIn(const Piece& piece, const QTextLine& line) const;
    void layOutFormulas();
    void paintFormulas(QPainter& painter, const Piece& piece, const QPointF& origin,
                       const QColor& color) const;

    Piece makePiece(int start, int length, Qt::Alignment alignment, bool strong) const;
    qreal arrange(Piece& piece, qreal width, qreal lineHeight) const;
    QVector<QTextLayout::FormatRange> formats(int start, int length, bool strong) const;
    QVector<QTextLayout::FormatRange> codeFormats() const;
    void layoutText();
    void layoutCode();
    void layoutTable(); ///< In block_table.cpp.
    static void fitColumns(std::vector<qreal>& widths, const std::vector<qreal>& least, qreal room);
    void paintCodeGround(QPainter& painter, const QPointF& origin) const;
    void paintTableGround(QPainter& painter, const QPointF& origin) const;
    void paintInlineCode(QPainter& painter, const QPointF& origin) const;
    /// Calls visit(rect) for each line's part of a range, in the block's coordinates.
    template<class Visit>
    void forLines(const TextRange& range, Visit visit) const;
    void paintMarks(QPainter& painter, const QPointF& origin, const QRectF& clip,
                    const Marks& marks) const;
    void paintMarker(QPainter& painter, const QPointF& origin) const;
    const Piece* pieceAt(const QPointF& point) const;

    Block m_block;
    Look m_look;
    std::vector<Piece> m_pieces;
    std::vector<MathPicture> m_formulas; ///< Of the block's, in their order.
    std::vector<qreal> m_columnEdges;    ///< Table: from left to right, one more than columns.
    std::vector<qreal> m_rowEdges;
    qreal m_height = 0.0;
    qreal m_naturalWidth = 0.0;
};

} // namespace hearth::ui
