#pragma once

#include "view/chat/block_layout.h"
#include "view/chat/chat_source.h"
#include "view/chat/markdown_document.h"

#include <memory>
#include <optional>
#include <vector>

namespace hearth::ui {

/// A message in the view: its blocks as far as they are parsed, its layouts as far as they were
/// needed. Heights of what was never laid out are estimates. Coordinates are relative to the
/// message's top and the column's left.
class MessageItem {
public:
    explicit MessageItem(ChatMessage message);

    /// Everything but the text.
    void setMeta(ChatMessage message);
    const ChatMessage& meta() const { return m_meta; }
    bool isPerson() const { return m_meta.role == ChatRole::Person; }

    /// Until load() only the text's length is known.
    bool isLoaded() const { return m_document.has_value(); }
    void load(const QString& text);
    void append(const QString& piece);
    /// Another text: forgets the old one, whether it was loaded or not.
    void replaceText(qsizetype characters);
    /// Parses a slice; true if some is left.
    bool advance(qsizetype maximumCharacters);
    bool isPending() const { return m_document && m_document->pendingCharacters() > 0; }
    bool hasText() const { return m_characters > 0; }
    /// Another one whenever the blocks that are shown have changed; no two messages share one.
    quint64 revision() const { return m_revision; }

    void setWidth(qreal columnWidth);
    /// Theme or width changed: layouts go, heights stay as estimates.
    void dropLayouts();

    int blockCount() const { return static_cast<int>(m_slots.size()); }
    const Block& block(int index) const {
        return m_document->blocks()[static_cast<std::size_t>(index)];
    }
    bool isHidden(int index) const {
        return !m_thoughtOpen && m_slots[static_cast<std::size_t>(index)].thinking;
    }
    bool isThoughtOpen() const { return m_thoughtOpen; }
    void toggleThought();

    /// Lays the block out if it is not; true if that changed its height.
    bool ensureLayout(int index);
    const BlockLayout* layout(int index) const {
        return m_slots[static_cast<std::size_t>(index)].layout.get();
    }
    void releaseLayout(int index) { release(m_slots[static_cast<std::size_t>(index)]); }
    int layoutCount() const { return m_layouts; }
    qreal blockHeight(int index) const;
    /// Space above a block inside the message.
    qreal gapBefore(int index) const;
    /// Left edge of the blocks.
    qreal bodyLeft() const;
    /// Of a person's turn; one for each attachment.
    QRectF attachmentRect(int index) const;
    qreal blockWidth() const { return look().width; }

    qreal bodyTop() const;
    qreal bodyHeight() const; ///< From the message's top to the end of its text, bubble included.
    QRectF bubbleRect() const;

    qreal footHeight = 0.0; ///< Below the body; the view knows what stands there.

    /// What a search has found in the blocks before searchedBlocks, in order.
    struct Match {
        int block = 0;
        int start = 0;
        int length = 0;
    };
    std::vector<Match> matches;
    int searchedBlocks = 0;

private:
    struct Slot {
        std::unique_ptr<BlockLayout> layout;
        float height = 0.0F;
        float gap = 0.0F; ///< Above, if the block before is shown.
        bool thinking = false;
    };

    void syncBlocks();
    void forgetMatches(int firstBlock);
    void layOutAttachments();
    bool layOut(int index);
    qreal heightWithGap(int index) const;
    qreal sumFrom(std::size_t first) const;
    void release(Slot& slot);
    BlockLayout::Look look() const;

    ChatMessage m_meta;
    qsizetype m_characters;
    std::optional<MarkdownDocument> m_document;
    std::vector<Slot> m_slots;
    qreal m_columnWidth = 0.0;
    int m_layouts = 0;
    bool m_thoughtOpen = false;
    std::vector<QRectF> m_chips; ///< From the bubble's inner left and top.
    quint64 m_revision = 0;
    qreal m_blocksHeight = 0.0; ///< Of the blocks that are shown, gaps included.
};

} // namespace hearth::ui
