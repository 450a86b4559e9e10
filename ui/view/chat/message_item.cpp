#include "view/chat/message_item.h"

#include "view/theme/theme.h"

#include <cmath>

namespace hearth::ui {
namespace {

constexpr qreal kBubbleShare = 0.82; ///< Of the column, at most.
constexpr int kBubblePaddingY = 10;
constexpr int kShrinkingBlocks = 12; ///< A longer turn of a person takes the whole width.

} // namespace

MessageItem::MessageItem(ChatMessage message)
    : m_meta(std::move(message))
    , m_characters(m_meta.text.size()) {
    m_meta.text.clear();
}

void MessageItem::setMeta(ChatMessage message) {
    m_meta = std::move(message);
    m_meta.text.clear();
}

void MessageItem::load(const QString& text) {
    m_document.emplace(isPerson() ? MarkdownScanner::Mode::Plain : MarkdownScanner::Mode::Markdown);
    m_document->append(text);
    m_characters = text.size();
    m_bodyHeight = -1;
}

void MessageItem::append(const QString& piece) {
    m_characters += piece.size();
    if (m_document)
        m_document->append(piece);
    m_bodyHeight = -1;
}

void MessageItem::replaceText(qsizetype characters) {
    m_document.reset();
    m_slots.clear();
    m_characters = characters;
    m_bodyHeight = -1;
}

bool MessageItem::advance(qsizetype maximumCharacters) {
    const bool more = m_document->advance(maximumCharacters);
    syncBlocks();
    return more;
}

void MessageItem::syncBlocks() {
    const std::vector<Block>& blocks = m_document->blocks();
    const std::size_t first = m_document->takeFirstChanged();
    m_slots.resize(blocks.size());
    for (std::size_t i = first; i < blocks.size(); ++i) {
        Slot& slot = m_slots[i];
        if (slot.layout && slot.layout->block() == blocks[i])
            continue;
        slot.layout.reset();
        slot.height = BlockLayout::estimatedHeight(blocks[i], look().width);
    }
    m_bodyHeight = -1;
}

void MessageItem::setWidth(qreal columnWidth) {
    if (columnWidth == m_columnWidth)
        return;
    m_columnWidth = columnWidth;
    dropLayouts();
}

void MessageItem::dropLayouts() {
    for (Slot& slot : m_slots)
        slot.layout.reset();
    m_bodyHeight = -1;
}

BlockLayout::Look MessageItem::look() const {
    if (isPerson())
        return {std::floor(m_columnWidth * kBubbleShare) - 2 * space::kLg, false, false};
    const bool notice = m_meta.role == ChatRole::Notice;
    return {m_columnWidth, notice, notice};
}

bool MessageItem::isHidden(int index) const {
    return !m_thoughtOpen && block(index).thinking;
}

void MessageItem::toggleThought() {
    m_thoughtOpen = !m_thoughtOpen;
    m_bodyHeight = -1;
}

bool MessageItem::ensureLayout(int index) {
    if (!isPerson() || blockCount() > kShrinkingBlocks)
        return layOut(index);
    // The bubble is as wide as its widest block, so none can be left out.
    bool changed = false;
    for (int i = 0; i < blockCount(); ++i)
        changed = layOut(i) || changed;
    return changed;
}

bool MessageItem::layOut(int index) {
    Slot& slot = m_slots[static_cast<std::size_t>(index)];
    if (slot.layout)
        return false;
    slot.layout = std::make_unique<BlockLayout>(block(index), look());
    if (isPerson())
        m_bodyHeight = -1;
    if (slot.height == slot.layout->height())
        return false;
    slot.height = slot.layout->height();
    m_bodyHeight = -1;
    return true;
}

qreal MessageItem::blockHeight(int index) const {
    return isHidden(index) ? 0.0 : m_slots[static_cast<std::size_t>(index)].height;
}

qreal MessageItem::gapBefore(int index) const {
    if (index == 0 || isHidden(index))
        return 0.0;
    // A folded thought before an answer can be long: its neighbours decide, not a search.
    const int before = isHidden(index - 1) ? 0 : index - 1;
    return BlockLayout::gap(block(before), block(index));
}

qreal MessageItem::bodyTop() const {
    return isPerson() ? kBubblePaddingY : 0.0;
}

qreal MessageItem::bodyHeight() const {
    if (m_bodyHeight >= 0)
        return m_bodyHeight;
    qreal height = 2 * bodyTop();
    if (m_document) {
        for (int i = 0; i < blockCount(); ++i)
            height += gapBefore(i) + blockHeight(i);
    }
    const qsizetype unparsed = m_document ? m_document->pendingCharacters() : m_characters;
    if (unparsed > 0) {
        const qreal line = Theme::current().lineHeight(TextStyle::Chat);
        const qreal perLine = qMax(8.0, look().width / (line * 0.34));
        height += std::ceil(static_cast<qreal>(unparsed) / perLine) * line;
    }
    m_bodyHeight = height;
    return height;
}

QRectF MessageItem::bubbleRect() const {
    qreal inner = look().width;
    if (m_document && blockCount() <= kShrinkingBlocks && blockCount() > 0) {
        qreal widest = 0;
        bool known = true;
        for (int i = 0; i < blockCount() && known; ++i) {
            const BlockLayout* laid = layout(i);
            known = laid != nullptr;
            widest = known ? qMax(widest, laid->naturalWidth()) : widest;
        }
        if (known)
            inner = qMin(inner, std::ceil(widest));
    }
    const qreal width = inner + 2 * space::kLg;
    return {m_columnWidth - width, 0, width, bodyHeight()};
}

qreal MessageItem::bodyLeft() const {
    return isPerson() ? bubbleRect().left() + space::kLg : 0.0;
}

} // namespace hearth::ui
