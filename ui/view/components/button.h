#pragma once

#include "view/theme/hearth_style.h"
#include "view/theme/icons.h"

#include <QPushButton>
#include <QTimer>

#include <optional>

namespace hearth::ui {

/// A push button: plain, primary (one a page), quiet or danger. Enter and Space press it.
class Button : public QPushButton {
    Q_OBJECT

public:
    explicit Button(const QString& text, ButtonKind kind = ButtonKind::Plain,
                    QWidget* parent = nullptr);

    void setKind(ButtonKind kind);
    void setGlyph(Icon glyph);
    /// A busy button keeps its width, shows that it works and takes no press.
    void setBusy(bool busy);
    bool isBusy() const { return m_busy; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool hitButton(const QPoint& position) const override;

private:
    void applyTheme();

    std::optional<Icon> m_glyph;
    QTimer m_spin;
    bool m_busy = false;
};

} // namespace hearth::ui
