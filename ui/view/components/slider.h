#pragma once

#include <QWidget>

class QSlider;

namespace hearth::ui {

class Label;

/// A named value between two bounds: name at the left, the value in figures at the right, the
/// slider below. Arrow keys move a step, Page keys ten.
class Slider : public QWidget {
    Q_OBJECT

public:
    struct Range {
        double minimum = 0.0;
        double maximum = 1.0;
        double step = 0.05;
        int decimals = 2;
        QString suffix; ///< After the figure, as it stands ("%", " GB").
    };

    Slider(const QString& name, const Range& range, QWidget* parent = nullptr);

    double value() const;
    /// Clamped to the range and rounded to a step; emits valueChanged() if it changes.
    void setValue(double value);
    QString valueText() const;

signals:
    void valueChanged(double value);

private:
    Range m_range;
    QSlider* m_slider;
    Label* m_figure;
};

} // namespace hearth::ui
