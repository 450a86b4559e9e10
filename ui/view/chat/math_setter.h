#pragma once

#include "view/chat/math_node.h"
#include "view/chat/math_picture.h"

namespace hearth::ui {

/// TeX's styles: display, text (level 0), script (1), scriptscript (2).
struct MathSize {
    int level = 0;
    bool display = false;
};

/// Sets nodes into pictures. Holds the size of the letters, nothing else.
class MathSetter {
public:
    explicit MathSetter(qreal pixelSize)
        : m_pixelSize(pixelSize) {}

    MathPicture set(const MathNode& node, MathSize size) const;
    /// In lines, the later ones indented; no wider than that where it can be helped.
    MathPicture brokenRow(const std::vector<MathNode>& children, MathSize size,
                          qreal maximumWidth) const;
    qreal em(MathSize size) const; ///< Pixel size of the letters.

private:
    struct Item {
        MathPicture picture;
        MathClass cls = MathClass::Ordinary;
        qreal space = 0.0; ///< Before it.
    };

    static MathSize script(MathSize size);
    static qreal spaceBetween(MathClass left, MathClass right, MathSize size); ///< In em.
    std::vector<Item> items(const std::vector<MathNode>& children, MathSize size) const;
    MathPicture joined(const std::vector<Item>& items, std::size_t from, std::size_t to) const;
    MathPicture row(const std::vector<MathNode>& children, MathSize size) const;
    MathPicture symbol(const MathNode& node, MathSize size) const;
    MathPicture fraction(const MathNode& node, MathSize size) const;
    MathPicture root(const MathNode& node, MathSize size) const;
    MathPicture scripts(const MathNode& node, MathSize size) const;
    MathPicture limits(const MathNode& node, MathSize size) const;
    MathPicture fenced(const MathNode& node, MathSize size) const;
    MathPicture accent(const MathNode& node, MathSize size) const;
    MathPicture arrow(const MathNode& node, MathSize size) const;
    /// How far a slanted letter's ink leans over its advance.
    qreal overhang(const MathNode& node, MathSize size) const;

    qreal m_pixelSize;
};

} // namespace hearth::ui
