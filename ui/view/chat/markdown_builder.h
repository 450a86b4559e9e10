#pragma once

#include "view/chat/markdown_block.h"
#include "view/chat/math_scan.h"

#include <md4c.h>

#include <array>
#include <vector>

namespace hearth::ui {

/// Receives md4c's callbacks and flattens the tree into leaves.
class MarkdownBuilder {
public:
    MarkdownBuilder(bool thinking, const MathScan& math, BlockList& blocks)
        : m_blocks(blocks)
        , m_math(math)
        , m_thinking(thinking) {}

    int enterBlock(MD_BLOCKTYPE type, void* detail);
    int leaveBlock(MD_BLOCKTYPE type);
    int enterSpan(MD_SPANTYPE type, void* detail);
    int leaveSpan(MD_SPANTYPE type);
    int text(MD_TEXTTYPE type, const MD_CHAR* characters, MD_SIZE size);

private:
    struct List {
        bool ordered;
        unsigned number;
        bool tight;
    };

    void open(Block::Kind kind);
    void close();
    void append(const QString& piece);
    void appendText(const QString& piece);
    void appendFormula(const TypedFormula& formula);
    void splitAtFormulas();
    void enterLink(const QString& url);

    BlockList& m_blocks;
    const MathScan& m_math;
    bool m_thinking;
    Block m_block;
    bool m_isOpen = false;
    int m_quotes = 0;
    std::vector<List> m_lists;
    QString m_marker;
    bool m_itemHasBlock = false;
    std::array<int, 4> m_depths{}; ///< Of bold, italic, code, strike.
    std::vector<int> m_links;
    int m_row = 0;
};

} // namespace hearth::ui
