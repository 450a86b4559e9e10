#pragma once

#include <QStringList>
#include <QWidget>

namespace hearth::ui {

/// One of a few, side by side. Arrow keys move; the whole control is one stop for Tab.
class Segmented : public QWidget {
    Q_OBJECT

public:
    explicit Segmented(const QString& name, const QStringList& segments, QWidget* parent = nullptr);

    int current() const { return m_current; }
    /// Emits currentChanged() if it changes; an index out of range is ignored.
    void setCurrent(int index);
    void setSegments(const QStringList& segments);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void currentChanged(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QRectF segmentRect(int index) const;
    int segmentAt(const QPointF& position) const;
    [[nodiscard]] QList<int> segmentWidths(int padding) const;

    QString m_name;
    QStringList m_segments;
    int m_current = 0;
    int m_hovered = -1;
};

} // namespace hearth::ui
