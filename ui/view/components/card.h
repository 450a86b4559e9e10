#pragma once

#include <QFrame>

class QVBoxLayout;

namespace hearth::ui {

/// A surface with a border. Its content goes into body().
class Card : public QFrame {
    Q_OBJECT

public:
    explicit Card(QWidget* parent = nullptr);

    QVBoxLayout* body() const { return m_body; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QVBoxLayout* m_body;
};

} // namespace hearth::ui
