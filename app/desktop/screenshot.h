#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>

namespace hearth::desktop {

/// Draws a widget into a PNG once it is ready, and ends the program: with 0, or with 1 and a
/// sentence if it is not ready in time or the file can't be written.
class Screenshot : public QObject {
    Q_OBJECT

public:
    Screenshot(QWidget& widget, const QString& file, std::function<bool()> isReady);

private:
    void look();

    QWidget& m_widget;
    const QString m_file;
    const std::function<bool()> m_isReady;
    QTimer m_timer;
    int m_looks = 0;
    int m_readyLooks = 0;
};

} // namespace hearth::desktop
