#pragma once

#include <QProgressBar>

namespace hearth::ui {

/// How far something is: setRange(0, 0) where that is unknown. The figure stands beside it, never
/// inside.
class Progress : public QProgressBar {
    Q_OBJECT

public:
    explicit Progress(const QString& name, QWidget* parent = nullptr);

    /// share of 1; clamped.
    void setShare(double share);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace hearth::ui
