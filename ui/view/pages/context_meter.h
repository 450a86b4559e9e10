#pragma once

#include <QAbstractButton>

namespace hearth::ui {

class Meter;

/// How full the context is; pressed, it tells more.
class ContextMeter : public QAbstractButton {
    Q_OBJECT

public:
    explicit ContextMeter(QWidget* parent = nullptr);

    void setValue(qint64 used, qint64 total);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void retranslate();

    Meter* m_meter;
    qint64 m_used = 0;
    qint64 m_total = 0;
};

} // namespace hearth::ui
