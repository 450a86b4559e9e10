#include "view/chat/math_setter.h"

#include <algorithm>

namespace hearth::ui {

std::vector<MathSetter::Item> MathSetter::items(const std::vector<MathNode>& children,
                                                MathSize size) const {
    std::vector<Item> all;
    for (const MathNode& child : children) {
        Item item;
        item.cls = child.cls;
        item.picture = set(child, size);
        // What leans over its right side must not meet a fence.
        item.picture.width += overhang(child, size);
        all.push_back(std::move(item));
    }
    // A sign with nothing to join is an ordinary symbol.
    const Item* before = nullptr;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].cls == MathClass::None)
            continue;
        const MathClass left = before ? before->cls : MathClass::Open;
        if (all[i].cls == MathClass::Binary &&
            (left == MathClass::Binary || left == MathClass::Operator ||
             left == MathClass::Relation || left == MathClass::Open ||
             left == MathClass::Punctuation))
            all[i].cls = MathClass::Ordinary;
        before = &all[i];
    }
    const Item* after = nullptr;
    for (std::size_t i = all.size(); i-- > 0;) {
        if (all[i].cls == MathClass::None)
            continue;
        const MathClass right = after ? after->cls : MathClass::Close;
        if (all[i].cls == MathClass::Binary &&
            (right == MathClass::Relation || right == MathClass::Close ||
             right == MathClass::Punctuation))
            all[i].cls = MathClass::Ordinary;
        after = &all[i];
    }
    const Item* neighbour = nullptr;
    for (Item& item : all) {
        if (item.cls == MathClass::None)
            continue;
        if (neighbour)
            item.space = spaceBetween(neighbour->cls, item.cls, size) * em(size);
        neighbour = &item;
    }
    return all;
}

qreal MathSetter::spaceBetween(MathClass left, MathClass right, MathSize size) {
    constexpr qreal kThin = 3.0 / 18;
    constexpr qreal kMedium = 4.0 / 18;
    constexpr qreal kThick = 5.0 / 18;
    using C = MathClass;
    if (left == C::Operator || right == C::Operator) {
        const C other = left == C::Operator ? right : left;
        if (other == C::Relation)
            return size.level == 0 ? kThick : 0;
        const bool touches = right == C::Open || right == C::Close || right == C::Punctuation ||
                             (right == C::Operator && left == C::Open);
        return touches ? 0 : kThin;
    }
    if (size.level > 0)
        return 0;
    if (left == C::Relation || right == C::Relation)
        return left == right || left == C::Open || right == C::Close || right == C::Punctuation
                   ? 0
                   : kThick;
    if (left == C::Binary || right == C::Binary)
        return kMedium;
    if (left == C::Punctuation)
        return right == C::Close ? 0 : kThin;
    const bool inner = left == C::Inner || right == C::Inner;
    return inner && left != C::Open && right != C::Close && right != C::Punctuation ? kThin : 0;
}

MathPicture MathSetter::joined(const std::vector<Item>& items, std::size_t from,
                               std::size_t to) const {
    MathPicture whole;
    qreal x = 0;
    for (std::size_t i = from; i < to; ++i) {
        x += i == from ? 0 : items[i].space;
        whole.include(items[i].picture, {x, 0});
        x += items[i].picture.width;
    }
    whole.width = x;
    return whole;
}

MathPicture MathSetter::row(const std::vector<MathNode>& children, MathSize size) const {
    const std::vector<Item> all = items(children, size);
    return joined(all, 0, all.size());
}

MathPicture MathSetter::brokenRow(const std::vector<MathNode>& children, MathSize size,
                                  qreal maximumWidth) const {
    const std::vector<Item> all = items(children, size);
    const qreal indent = 2 * em(size);
    const qreal lineGap = 0.5 * em(size);
    MathPicture whole;
    std::size_t start = 0;
    qreal y = 0;
    while (start < all.size()) {
        const qreal room = maximumWidth - (start > 0 ? indent : 0);
        qreal width = 0;
        std::size_t end = start;
        std::size_t breakAt = 0;
        bool parted = false;
        for (; end < all.size(); ++end) {
            width += (end == start ? 0 : all[end].space) + all[end].picture.width;
            if (width > room && breakAt > start && all[end].cls != MathClass::None)
                break;
            // Best after a wide space, which parts formulas; else before a relation or a sign.
            const bool parts =
                all[end].cls == MathClass::None && all[end].picture.width >= em(size);
            const bool joins =
                all[end].cls == MathClass::Relation || all[end].cls == MathClass::Binary;
            parted = parted || parts;
            if (end > start && (parts || (joins && !parted)))
                breakAt = end + (parts ? 1 : 0);
        }
        if (end < all.size())
            end = breakAt;
        const MathPicture line = joined(all, start, end);
        y += start > 0 ? line.ascent + lineGap : 0;
        whole.include(line, {start > 0 ? indent : 0, y});
        y += line.descent;
        start = end;
    }
    return whole;
}

} // namespace hearth::ui
