#pragma once

#include <QStringList>
#include <QWidget>

namespace hearth::ui {

/// Over the whole page while files are dragged above it.
class DropCurtain : public QWidget {
    Q_OBJECT

public:
    explicit DropCurtain(QWidget* parent);

signals:
    void dropped(const QStringList& files);

protected:
    void paintEvent(QPaintEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
};

} // namespace hearth::ui
