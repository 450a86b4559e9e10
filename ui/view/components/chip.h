#pragma once

#include "view/theme/icons.h"

#include <QAbstractButton>

#include <optional>

namespace hearth::ui {

/// A short fact ("W4", "8 GB") or, when checkable or removable, a small choice. Before the text
/// stands a dot in a meaning's colour, or a glyph. Text that is too long ends in … and is whole in
/// the tooltip.
class Chip : public QAbstractButton {
    Q_OBJECT

public:
    explicit Chip(const QString& text, QWidget* parent = nullptr);

    void setDot(ColorRole role);
    void setGlyph(Icon glyph, ColorRole role = ColorRole::Muted);
    /// A muted figure after the text ("1,204 tokens").
    void setDetail(const QString& detail);
    /// Shows a cross, a button of its own; it or Delete emits removeRequested().
    void setRemovable(bool removable);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void removeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    class Cross;

    bool isActive() const { return isCheckable() || m_cross; }
    qreal before() const; ///< From the left edge to the text.
    qreal after() const;  ///< From the text's end to the right edge.
    void changed();

    std::optional<ColorRole> m_dot;
    std::optional<Icon> m_glyph;
    ColorRole m_glyphRole = ColorRole::Muted;
    QString m_detail;
    Cross* m_cross = nullptr;
};

} // namespace hearth::ui
