#pragma once

#include <QDoubleSpinBox>

namespace hearth::ui {

/// A number with − and + beside it. What is typed may be any number; when it is finished (Enter,
/// focus leaves, a step) it is clamped to the range and rounded to the decimals, and
/// valueChanged() tells once. Arrow keys move a step, Page keys ten; the wheel only with focus.
class Stepper : public QDoubleSpinBox {
    Q_OBJECT

public:
    struct Range {
        double minimum = 0.0;
        double maximum = 100.0;
        double step = 1.0;
        int decimals = 0;
        QString suffix; ///< After the figure, as it stands ("%", " GB").
    };

    Stepper(const QString& name, const Range& range, QWidget* parent = nullptr);

    void setRangeAndStep(const Range& range);
    int intValue() const { return qRound(value()); }

    QValidator::State validate(QString& text, int& position) const override;
    void fixup(QString& text) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool read(const QString& text, double& value) const;
};

} // namespace hearth::ui
