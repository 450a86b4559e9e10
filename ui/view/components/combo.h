#pragma once

#include <QComboBox>

namespace hearth::ui {

/// A choice from a list. The wheel does not change it while it has no focus.
class Combo : public QComboBox {
    Q_OBJECT

public:
    explicit Combo(const QString& name, QWidget* parent = nullptr);

protected:
    void wheelEvent(QWheelEvent* event) override;
};

} // namespace hearth::ui
