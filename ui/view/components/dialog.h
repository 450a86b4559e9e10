#pragma once

#include "view/theme/hearth_style.h"

#include <QList>
#include <QPointer>
#include <QVariantAnimation>
#include <QWidget>

#include <functional>

class QHBoxLayout;
class QVBoxLayout;

namespace hearth::ui {

class Button;
class Label;

struct DialogText {
    QString title;
    QString text; ///< Plain text; may be empty.
};

struct DialogButton {
    QString text;
    ButtonKind kind = ButtonKind::Plain;
};

/// A question inside its window: the page dims, a card stands in the middle. It covers the whole
/// window, holds the focus and the window's shortcuts until it is answered, gives the focus back,
/// and deletes itself. Esc cancels; Enter takes the primary button. GUI thread; never waits.
class Dialog : public QWidget {
    Q_OBJECT

public:
    static constexpr int kCancelled = -1;

    /// `inside`: any widget of the window.
    Dialog(QWidget* inside, const DialogText& text);

    /// Between the text and the buttons.
    QVBoxLayout* body() const { return m_body; }
    /// From left to right; beside a primary one, a danger one stands apart at the left. A press
    /// closes the dialog with the button's place in this order.
    Button* addButton(const DialogButton& button);
    /// The width of the card; at first 440, never more than the window has.
    void setCardWidth(int width);
    /// Shows it. The focus goes to `first`, else to the first field of the body, else to the
    /// button that does no harm.
    void open(QWidget* first = nullptr);
    void finish(int result);

    /// Asks and returns at once; `answered` gets the place of the button or kCancelled. Nothing is
    /// called if `context` or the window goes first.
    static Dialog* ask(QWidget* context, const DialogText& text, const QList<DialogButton>& buttons,
                       std::function<void(int)> answered);
    /// The innermost dialog that is open in the window, or null.
    static Dialog* openIn(const QWidget* window);
    /// Dialogs of this widget's children cover it instead of the whole window: for the gallery.
    static void makeStage(QWidget& widget);

signals:
    void finished(int result);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    class Sheet;

    void place();
    void keepFocus(QWidget* now);
    QWidget* firstFocus() const;
    QList<QWidget*> stops() const;

    Sheet* m_sheet;
    Label* m_title;
    Label* m_text;
    QVBoxLayout* m_body;
    QHBoxLayout* m_row;
    QList<Button*> m_buttons;
    QPointer<QWidget> m_focusBefore;
    QVariantAnimation m_dim;
    int m_cardWidth;
    bool m_isFinished = false;
};

} // namespace hearth::ui
