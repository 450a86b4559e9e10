#pragma once

#include <QObject>

#include <optional>

class QWidget;

namespace hearth::desktop {

/// How long a start takes, in milliseconds since the kernel began the process (whose clock counts
/// in steps of 10 ms). Look after it while the window is shown.
class StartClock : public QObject {
    Q_OBJECT

public:
    /// `prompt`: usable means painted with this enabled.
    StartClock(QWidget& window, const QWidget& prompt);

    [[nodiscard]] std::optional<qint64> firstPaint() const { return m_firstPaint; }
    [[nodiscard]] std::optional<qint64> usable() const { return m_usable; }
    [[nodiscard]] static qint64 sinceStart();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget& m_window;
    const QWidget& m_prompt;
    std::optional<qint64> m_firstPaint;
    std::optional<qint64> m_usable;
};

} // namespace hearth::desktop
