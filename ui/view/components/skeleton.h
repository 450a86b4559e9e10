#pragma once

#include <QTimer>
#include <QWidget>

namespace hearth::ui {

/// Lines where text will be, breathing while it is awaited; still where motion is reduced.
class Skeleton : public QWidget {
    Q_OBJECT

public:
    explicit Skeleton(int lines = 3, QWidget* parent = nullptr);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    int m_lines;
    QTimer m_breath;
};

} // namespace hearth::ui
