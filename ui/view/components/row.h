#pragma once

#include "view/theme/icons.h"

#include <QAbstractButton>

#include <optional>

class QHBoxLayout;

namespace hearth::ui {

/// A line of a list, 40 px: glyph, text, a muted detail at the right, then a widget of the
/// caller's. It can be clicked; a checked one is the chosen one of its list. Up and Down go to the
/// rows beside it. Text and detail are shown as plain text, elided where there is no room.
class Row : public QAbstractButton {
    Q_OBJECT

public:
    explicit Row(const QString& text, QWidget* parent = nullptr);

    void setGlyph(Icon glyph, ColorRole role = ColorRole::Muted);
    void setDetail(const QString& detail);
    QString detail() const { return m_detail; }
    /// Takes the widget; null takes it away. Its clicks are its own.
    void setTrailing(QWidget* trailing);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    int trailingWidth() const;
    bool focusBeside(int step);

    std::optional<Icon> m_glyph;
    ColorRole m_glyphRole = ColorRole::Muted;
    QString m_detail;
    QHBoxLayout* m_layout;
    QWidget* m_trailing = nullptr;
};

} // namespace hearth::ui
