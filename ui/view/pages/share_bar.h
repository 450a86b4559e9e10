#pragma once

#include "view/theme/tokens.h"

#include <QList>
#include <QWidget>

#include <utility>

namespace hearth::ui {

/// Parts of a whole side by side, each in its colour; what none of them takes is left empty.
class ShareBar : public QWidget {
    Q_OBJECT

public:
    using QWidget::QWidget;

    /// Shares of 1. An empty part is left out, a small one still seen.
    void setParts(const QList<std::pair<ColorRole, double>>& parts);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QList<std::pair<ColorRole, double>> m_parts;
};

/// The colour of a part beside its name.
class PartDot : public QWidget {
    Q_OBJECT

public:
    PartDot(ColorRole role, QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ColorRole m_role;
};

} // namespace hearth::ui
