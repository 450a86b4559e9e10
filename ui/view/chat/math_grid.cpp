#include "view/chat/math_grid.h"

#include "view/chat/math_font.h"
#include "view/chat/math_shapes.h"

#include <algorithm>

namespace hearth::ui {
namespace {

/// The alignment of each column and the rules before columns, from "c|cc" or a repeated "rl".
struct Columns {
    std::vector<QChar> sides;
    std::vector<bool> ruled; ///< One more than columns.
};

Columns columnsOf(const MathNode& grid) {
    const auto count = static_cast<std::size_t>(grid.rowLength);
    Columns columns;
    columns.ruled.assign(count + 1, false);
    QString letters;
    for (const QChar c : grid.columns) {
        if (c != u'|')
            letters += c;
        else if (static_cast<std::size_t>(letters.size()) <= count)
            columns.ruled[static_cast<std::size_t>(letters.size())] = true;
    }
    for (std::size_t i = 0; i < count; ++i)
        columns.sides.push_back(letters.isEmpty()
                                    ? QChar(u'c')
                                    : letters.at(static_cast<qsizetype>(i) % letters.size()));
    return columns;
}

} // namespace

MathPicture setMathGrid(const MathSetter& setter, const MathNode& grid, MathSize size) {
    const auto length = static_cast<std::size_t>(grid.rowLength);
    const std::size_t rows = grid.children.size() / length;
    const qreal unit = setter.em(size);
    const Columns columns = columnsOf(grid);
    const MathSize cellSize{size.level, grid.wide && size.level == 0};
    std::vector<MathPicture> cells;
    std::vector<qreal> widths(length, 0.0);
    for (std::size_t i = 0; i < grid.children.size(); ++i) {
        cells.push_back(setter.set(grid.children[i], cellSize));
        widths[i % length] = qMax(widths[i % length], cells.back().width);
    }
    std::vector<qreal> lefts;
    qreal x = 0;
    for (std::size_t column = 0; column < length; ++column) {
        if (column > 0) {
            // The right side of an equation stands at its sign.
            const bool pair = grid.wide && column % 2 == 1;
            x += pair ? unit * 0.28 : unit * (grid.wide ? 1.6 : 0.9);
        }
        lefts.push_back(x);
        x += widths[column];
    }
    const qreal edge = columns.ruled.front() || columns.ruled.back() ? unit * 0.4 : 0.0;
    const qreal gap = unit * (grid.wide ? 0.45 : 0.3);
    MathPicture whole;
    std::vector<qreal> tops;
    qreal y = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        qreal ascent = unit * 0.75;
        qreal descent = unit * 0.25;
        for (std::size_t column = 0; column < length; ++column) {
            ascent = qMax(ascent, cells[row * length + column].ascent);
            descent = qMax(descent, cells[row * length + column].descent);
        }
        y += row > 0 ? gap : 0;
        tops.push_back(y - (row > 0 ? gap / 2 : gap / 3));
        y += ascent;
        for (std::size_t column = 0; column < length; ++column) {
            const MathPicture& cell = cells[row * length + column];
            const qreal room = widths[column] - cell.width;
            const QChar side = columns.sides[column];
            const qreal shift = side == u'l' ? 0 : side == u'r' ? room : room / 2;
            whole.add(cell, {edge + lefts[column] + shift, y});
        }
        y += descent;
    }
    tops.push_back(y + gap / 3);
    const qreal width = x + 2 * edge;
    const qreal rule = mathRule(unit);
    for (const int row : grid.rules)
        if (row < static_cast<int>(tops.size()))
            whole.rules.emplace_back(0, tops[static_cast<std::size_t>(row)], width, rule);
    for (std::size_t column = 0; column <= length; ++column)
        if (columns.ruled[column]) {
            const qreal at = column == 0        ? 0
                             : column == length ? width - rule
                                                : edge + lefts[column] - unit * 0.45;
            whole.rules.emplace_back(at, tops.front(), rule, tops.back() - tops.front());
        }
    const qreal middle = y / 2 + mathAxis(unit);
    MathPicture centred;
    centred.add(whole, {0, -middle});
    centred.width = width;
    centred.ascent = middle;
    centred.descent = y - middle;
    return centred;
}

} // namespace hearth::ui
