#pragma once

#include "view/chat/message_item.h"

#include <QString>

#include <vector>

namespace hearth::ui {

/// Part of a block as it is copied and read aloud: formulas as they were typed.
QString readableText(const Block& block, int from, int to);

/// What stands before a block's text where blocks are joined: line feeds after the block `before`
/// (-1: the first one), then the list's marker.
QString readableLead(const MessageItem& item, int before, int block);

/// A message's whole text as it is read: blocks on lines of their own, folded thoughts left out,
/// and which offset belongs to which block. Holds no text; valid while the item's revision is the
/// one it was made of.
class MessageText {
public:
    explicit MessageText(const MessageItem& item);

    int length() const { return m_length; }
    QString text(int start, int end) const;

    struct Place {
        int block = 0;
        int offset = 0; ///< In the block's text.
    };
    Place placeAt(int offset) const;
    int offsetOf(int block, int offset) const;

private:
    struct Segment {
        int block = 0;
        int start = 0;   ///< Of its lead.
        int leadEnd = 0; ///< Where the block's own text begins.
    };

    const Segment* segmentAt(int offset) const;

    const MessageItem* m_item;
    std::vector<Segment> m_segments;
    int m_length = 0;
};

} // namespace hearth::ui
