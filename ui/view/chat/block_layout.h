#pragma once

#include "view/chat/markdown_block.h"

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

    void paint(QPainter& painter, const QPointF& origin, const QRectF& clip,
               const TextRange& selection) const;
    /// Nearest offset to a point.
    int offsetAt(const QPointF& point) const;
    /// Where a caret before offset stands: x, top and height.
    QRectF caretAt(int offset) const;
    /// The link under a point, or an empty text.
    QString linkAt(const QPointF& point) const;
    /// Code's first segment: the header line.
    QRectF codeHeaderRect() const;

    static qreal indentOf(const Block& block);
    /// Space above a block that follows another one in the same message.
    static qreal gap(const Block& before, const Block& block);
    static qreal estimatedHeight(const Block& block, qreal width);

private:
    struct Piece {
        std::unique_ptr<QTextLayout> layout;
        QPointF origin;
        int start = 0; ///< Offset of its text in the block's.
    };

    Piece makePiece(int start, int length, Qt::Alignment alignment, bool strong) const;
    static qreal arrange(Piece& piece, qreal width, qreal lineHeight);
    QVector<QTextLayout::FormatRange> formats(int start, int length, bool strong) const;
    QVector<QTextLayout::FormatRange> codeFormats() const;
    void layoutText();
    void layoutCode();
    void layoutTable();
    void paintCodeGround(QPainter& painter, const QPointF& origin) const;
    void paintTableGround(QPainter& painter, const QPointF& origin) const;
    void paintInlineCode(QPainter& painter, const QPointF& origin) const;
    void paintSelection(QPainter& painter, const QPointF& origin, const QRectF& clip,
                        const TextRange& selection) const;
    void paintMarker(QPainter& painter, const QPointF& origin) const;
    const Piece* pieceAt(const QPointF& point) const;

    Block m_block;
    Look m_look;
    std::vector<Piece> m_pieces;
    std::vector<qreal> m_columnEdges; ///< Table: from left to right, one more than columns.
    std::vector<qreal> m_rowEdges;
    qreal m_height = 0.0;
    qreal m_naturalWidth = 0.0;
};

} // namespace hearth::ui
