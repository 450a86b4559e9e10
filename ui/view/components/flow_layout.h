#pragma once

#include <QLayout>
#include <QList>

namespace hearth::ui {

/// Puts its items side by side at their own size and begins a row where one does not fit; an item
/// wider than the row gets the row's width. For chips. Owns its items.
class FlowLayout : public QLayout {
    Q_OBJECT

public:
    explicit FlowLayout(QWidget* parent = nullptr);
    ~FlowLayout() override;

    void addItem(QLayoutItem* item) override { m_items.append(item); }
    int count() const override { return static_cast<int>(m_items.size()); }
    QLayoutItem* itemAt(int index) const override { return m_items.value(index); }
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

private:
    enum class Pass { Measure, Place };
    int arrange(const QRect& rect, Pass pass) const;

    QList<QLayoutItem*> m_items;
};

} // namespace hearth::ui
