#include "view/chat/message_item.h"

#include "view/chat/attachment_chips.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <cmath>

namespace hearth::ui {
namespace {

constexpr qreal kBubbleShare = 0.82; ///< Of the column, at most.
constexpr int kBubblePaddingY = 10;
constexpr int kShrinkingBlocks = 12; ///< A longer turn of a person takes the whole width.

quint64 nextRevision() {
    static quint64 last = 0;
    return ++last;
}

/// Names of files come from outside.
void cleanNames(ChatMessage& message) {
    for (ChatAttachment& attachment : message.attachments)
        attachment.name = withoutControls(attachment.name).simplified();
}

} // namespace

MessageItem::MessageItem(ChatMessage message)
    : m_meta(std::move(message))
    , m_characters(m_meta.text.size())
    , m_revision(nextRevision()) {
    m_meta.text.clear();
    cleanNames(m_meta);
}

void MessageItem::setMeta(ChatMessage message) {
    m_meta = std::move(message);
    m_meta.text.clear();
    cleanNames(m_meta);
    layOutAttachments();
}

void MessageItem::layOutAttachments() {
    m_chips =
        m_columnWidth > 0 ? layOutChips(m_meta.attachments, look().width) : std::vector<QRectF>();
}

QRectF MessageItem::attachmentRect(int index) const {
    if (index < 0 || index >= static_cast<int>(m_chips.size()))
        return {};
    return m_chips[static_cast<std::size_t>(index)].translated(bodyLeft(), kBubblePaddingY);
}

void MessageItem::load(const QString& text) {
    m_document.emplace(isPerson() ? MarkdownScanner::Mode::Plain : MarkdownScanner::Mode::Markdown);
    m_document->append(text);
    m_characters = text.size();
}

void MessageItem::append(const QString& piece) {
    m_characters += piece.size();
    if (m_document)
        m_document->append(piece);
}

void MessageItem::replaceText(qsizetype characters) {
    m_document.reset();
    m_slots.clear();
    m_layouts = 0;
    m_blocksHeight = 0;
    m_characters = characters;
    m_revision = nextRevision();
    forgetMatches(0);
}

bool MessageItem::advance(qsizetype maximumCharacters) {
    const bool more = m_document->advance(maximumCharacters);
    syncBlocks();
    return more;
}

void MessageItem::syncBlocks() {
    const BlockList& blocks = m_document->blocks();
    const std::size_t first = m_document->takeFirstChanged();
    m_revision = nextRevision();
    forgetMatches(static_cast<int>(first));
    m_blocksHeight -= sumFrom(first);
    for (std::size_t i = blocks.size(); i < m_slots.size(); ++i)
        release(m_slots[i]);
    m_slots.resize(blocks.size());
    for (std::size_t i = first; i < blocks.size(); ++i) {
        Slot& slot = m_slots[i];
        slot.gap = i == 0 ? 0.0F : static_cast<float>(BlockLayout::gap(blocks[i - 1], blocks[i]));
        slot.thinking = blocks[i].thinking;
        if (slot.layout && slot.layout->block() == blocks[i])
            continue;
        release(slot);
        slot.height = static_cast<float>(BlockLayout::estimatedHeight(blocks[i], look().width));
    }
    m_blocksHeight += sumFrom(first);
}

void MessageItem::forgetMatches(int firstBlock) {
    searchedBlocks = qMin(searchedBlocks, firstBlock);
    while (!matches.empty() && matches.back().block >= firstBlock)
        matches.pop_back();
}

qreal MessageItem::heightWithGap(int index) const {
    return isHidden(index) ? 0.0 : gapBefore(index) + blockHeight(index);
}

qreal MessageItem::sumFrom(std::size_t first) const {
    qreal sum = 0;
    for (std::size_t i = first; i < m_slots.size(); ++i)
        sum += heightWithGap(static_cast<int>(i));
    return sum;
}

void MessageItem::setWidth(qreal columnWidth) {
    if (columnWidth == m_columnWidth)
        return;
    m_columnWidth = columnWidth;
    dropLayouts();
}

void MessageItem::dropLayouts() {
    for (Slot& slot : m_slots)
        release(slot);
    layOutAttachments();
}

void MessageItem::release(Slot& slot) {
    m_layouts -= slot.layout ? 1 : 0;
    slot.layout.reset();
}

BlockLayout::Look MessageItem::look() const {
    if (isPerson())
        return {std::floor(m_columnWidth * kBubbleShare) - 2 * space::kLg, false, false};
    const bool notice = m_meta.role == ChatRole::Notice;
    return {m_columnWidth, notice, notice};
}

void MessageItem::toggleThought() {
    m_thoughtOpen = !m_thoughtOpen;
    m_blocksHeight = sumFrom(0);
    m_revision = nextRevision();
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
    ++m_layouts;
    const auto height = static_cast<float>(slot.layout->height());
    if (slot.height == height)
        return false;
    m_blocksHeight += isHidden(index) ? 0.0F : height - slot.height;
    slot.height = height;
    return true;
}

qreal MessageItem::blockHeight(int index) const {
    return isHidden(index) ? 0.0 : m_slots[static_cast<std::size_t>(index)].height;
}

qreal MessageItem::gapBefore(int index) const {
    if (index == 0 || isHidden(index))
        return 0.0;
    // After a folded thought the line that folds it is the neighbour.
    if (isHidden(index - 1))
        return BlockLayout::gap(block(0), block(index));
    return m_slots[static_cast<std::size_t>(index)].gap;
}

qreal MessageItem::bodyTop() const {
    if (!isPerson())
        return 0.0;
    const qreal chips = m_chips.empty() ? 0.0 : m_chips.back().bottom();
    return kBubblePaddingY + chips + (chips > 0 && hasText() ? space::kSm : 0);
}

qreal MessageItem::bodyHeight() const {
    qreal height = bodyTop() + m_blocksHeight + (isPerson() ? kBubblePaddingY : 0);
    const qsizetype unparsed = m_document ? m_document->pendingCharacters() : m_characters;
    if (unparsed > 0) {
        const qreal line = Theme::current().lineHeight(TextStyle::Chat);
        const qreal perLine = qMax(8.0, look().width / (line * 0.34));
        height += std::ceil(static_cast<qreal>(unparsed) / perLine) * line;
    }
    return height;
}

QRectF MessageItem::bubbleRect() const {
    qreal inner = look().width;
    const bool any = blockCount() > 0 || !m_chips.empty();
    if (m_document && blockCount() <= kShrinkingBlocks && any) {
        qreal widest = 0;
        for (const QRectF& chip : m_chips)
            widest = qMax(widest, chip.right());
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
