#pragma once

#include "view/chat/markdown_block.h"

#include <QString>

#include <vector>

namespace hearth::ui {

/// Cuts a text, line by line, into pieces that can be parsed alone. A value: copying it is how a
/// text that still grows is shown as if it ended here.
class MarkdownScanner {
public:
    enum class Mode {
        Markdown,
        Plain, ///< Line breaks as typed, fences set apart, nothing else interpreted.
    };

    explicit MarkdownScanner(Mode mode)
        : m_mode(mode) {}

    /// line without its line feed.
    void line(QStringView line, BlockList& blocks);
    void finish(BlockList& blocks);
    /// Nothing but blank lines so far.
    bool isAtStart() const { return !m_seenText; }
    /// Inside <think>, its end not met yet.
    bool isThinking() const { return m_thinking; }

private:
    struct Fence {
        bool active = false;
        QChar character;
        int length = 0;
        int indent = 0;
        QString language;
    };

    bool thinkingTag(QStringView line, BlockList& blocks);
    void codeLine(QStringView line, BlockList& blocks);
    void textLine(QStringView line, BlockList& blocks);
    bool mathLine(QStringView line, BlockList& blocks);
    bool listLine(QStringView line, int indent, BlockList& blocks);
    bool isFull() const;
    void add(QStringView line);
    void closeChunk(BlockList& blocks);
    void closeSegment(bool last, BlockList& blocks);
    static Fence fenceOf(QStringView line);
    static bool closes(const Fence& fence, QStringView line);

    Mode m_mode;
    QString m_chunk;
    bool m_inList = false;
    bool m_afterBlank = false;
    bool m_seenText = false;
    bool m_thinking = false;
    Fence m_nested;      ///< Inside a list's chunk.
    Fence m_fence;       ///< Of the message itself; its lines are collected in m_chunk.
    QString m_mathClose; ///< Of the display formula that is open; its lines are in m_chunk.
    int m_segmentLines = 0;
    int m_segmentState = 0;
    int m_state = 0;
    bool m_segmentContinues = false;
};

/// A message's text and its blocks, parsed as it arrives: what is settled stays, only the open
/// piece at the end is parsed again. The blocks depend on the text alone, not on how it was cut.
/// Lines are cut at kLineLimit characters.
class MarkdownDocument {
public:
    static constexpr int kLineLimit = 8'000;

    explicit MarkdownDocument(MarkdownScanner::Mode mode);

    void append(QStringView text);
    /// Parses about maximumCharacters of what was appended; true if some is left.
    bool advance(qsizetype maximumCharacters);
    void advanceAll();

    const BlockList& blocks() const { return m_blocks; }
    /// Blocks before this one are unchanged since takeFirstChanged() was called last.
    std::size_t takeFirstChanged();
    qsizetype pendingCharacters() const { return m_input.size() - m_position; }

private:
    void consume(QStringView text);
    void showTail();

    MarkdownScanner m_scanner;
    QString m_input;
    qsizetype m_position = 0;
    QString m_line; ///< The last line, not ended yet.
    BlockList m_blocks;
    std::size_t m_settled = 0;
    std::size_t m_firstChanged = 0;
};

} // namespace hearth::ui
