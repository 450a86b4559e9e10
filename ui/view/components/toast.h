#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>

namespace hearth::ui {

class Label;
class Button;
class IconButton;

/// A sentence at the bottom of its parent, with at most one action (Undo), that leaves by itself.
/// It stays while the pointer or the focus is on it. One at a time: a new one takes the place, but
/// one without an action waits for the end of one with an action.
class Toast : public QWidget {
    Q_OBJECT

public:
    static constexpr int kUndoMilliseconds = 10'000;

    explicit Toast(QWidget* parent);

    /// expired runs when the toast leaves without the action being taken (also when replaced).
    void show(const QString& text, const QString& actionText = QString(),
              std::function<void()> action = {}, std::function<void()> expired = {},
              int milliseconds = kUndoMilliseconds);
    void dismiss();

protected:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void place();
    void finish(bool taken);

    Label* m_text;
    Button* m_action;
    IconButton* m_close;
    QTimer m_timer;
    std::function<void()> m_onAction;
    std::function<void()> m_onExpired;
    QString m_waiting; ///< The newest text that waits; empty: none does.
    int m_waitingMilliseconds = 0;
};

} // namespace hearth::ui
