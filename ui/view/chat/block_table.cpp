#include "view/chat/block_layout.h"

#include "view/theme/theme.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hearth::ui {
namespace {

constexpr qreal kUnbounded = 1e6;

} // namespace

/// Narrows columns until they fit into room: those that ask for less than an even share get it, the
/// others share what is left; then words that would be broken take room from columns with spare.
void BlockLayout::fitColumns(std::vector<qreal>& widths, const std::vector<qreal>& least,
                             qreal room) {
    room = qMax(room, kSmallestColumn * static_cast<qreal>(widths.size()));
    if (std::accumulate(widths.begin(), widths.end(), 0.0) <= room)
        return;
    std::vector<std::size_t> order(widths.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return widths[a] < widths[b]; });
    qreal left = room;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const qreal share = left / static_cast<qreal>(order.size() - i);
        widths[order[i]] = std::min(widths[order[i]], std::floor(share));
        left -= widths[order[i]];
    }
    if (std::accumulate(least.begin(), least.end(), 0.0) > room)
        return;
    qreal missing = 0;
    qreal spare = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        missing += qMax(0.0, least[i] - widths[i]);
        spare += qMax(0.0, widths[i] - least[i]);
    }
    for (std::size_t i = 0; i < widths.size(); ++i)
        widths[i] =
            widths[i] < least[i]
                ? least[i]
                : std::floor(widths[i] - missing * (widths[i] - least[i]) / qMax(1.0, spare));
}

void BlockLayout::layoutTable() {
    const Theme& theme = Theme::current();
    const auto columns = static_cast<std::size_t>(qMax(1, m_block.columns));
    const qreal indent = indentOf(m_block);
    const qreal available = m_look.width - indent;
    std::vector<qreal> wanted(columns, kSmallestColumn);
    std::vector<qreal> least(columns, kSmallestColumn); ///< Breaks no word.
    for (std::size_t i = 0; i < m_block.cells.size(); ++i) {
        const int start = m_block.cells[i];
        const int end = i + 1 < m_block.cells.size() ? m_block.cells[i + 1] - 1
                                                     : static_cast<int>(m_block.text.size());
        const auto column = i % columns;
        const CellAlignment side =
            column < m_block.alignments.size() ? m_block.alignments[column] : CellAlignment::Left;
        const Qt::Alignment alignment = side == CellAlignment::Right    ? Qt::AlignRight
                                        : side == CellAlignment::Center ? Qt::AlignHCenter
                                                                        : Qt::AlignLeft;
        Piece piece = makePiece(start, end - start, alignment, i < columns);
        piece.layout->beginLayout();
        QTextLine line = piece.layout->createLine();
        if (line.isValid()) {
            line.setLineWidth(kUnbounded);
            wanted[column] = qMax(wanted[column], std::ceil(line.naturalTextWidth()) + 1);
        }
        piece.layout->endLayout();
        least[column] = qMax(least[column], std::ceil(piece.layout->minimumWidth()) + 1);
        m_pieces.push_back(std::move(piece));
    }
    fitColumns(wanted, least, available - 2.0 * kCellPadding * static_cast<qreal>(columns));
    m_columnEdges.assign(1, indent);
    for (const qreal width : wanted)
        m_columnEdges.push_back(m_columnEdges.back() + width + 2 * kCellPadding);
    m_rowEdges.assign(1, 0.0);
    const qreal lineHeight = theme.lineHeight(TextStyle::Ui);
    for (std::size_t row = 0; row * columns < m_pieces.size(); ++row) {
        qreal tallest = lineHeight;
        for (std::size_t column = 0; column < columns; ++column) {
            const std::size_t index = row * columns + column;
            if (index >= m_pieces.size())
                break;
            Piece& piece = m_pieces[index];
            piece.origin =
                QPointF(m_columnEdges[column] + kCellPadding, m_rowEdges.back() + kCellPaddingY);
            tallest = qMax(tallest, arrange(piece, wanted[column], lineHeight));
        }
        m_rowEdges.push_back(m_rowEdges.back() + tallest + 2 * kCellPaddingY);
    }
    m_height = m_rowEdges.back();
    m_naturalWidth = m_columnEdges.back();
}

} // namespace hearth::ui
