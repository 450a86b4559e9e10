#pragma once

#include <QTextEdit>
#include <QWidget>

namespace hearth::ui {

class Button;
class IconButton;
class Label;
class Meter;

/// The field of the composer: plain text that grows with what is written, up to a few lines.
/// Enter asks to send, Shift+Enter begins a line; while an input method composes, Enter is its own.
class ComposerField : public QTextEdit {
    Q_OBJECT

public:
    explicit ComposerField(QWidget* parent = nullptr);

signals:
    void sendRequested();
    void focusChanged();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void inputMethodEvent(QInputMethodEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fitHeight();

    bool m_composing = false;
};

/// Where a prompt is written: the field, how full the context is, Send or Stop.
class Composer : public QWidget {
    Q_OBJECT

public:
    explicit Composer(QWidget* parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString& text);
    /// While a reply is on its way the button stops it; the field keeps what is written.
    void setReplying(bool replying);
    /// Tokens of the conversation with the draft; a total of 0 hides the meter.
    void setContext(qint64 used, qint64 total);
    /// Shows that sending replaces an earlier prompt, with a way out.
    void setEditing(bool editing);
    void focusField();

signals:
    void sendRequested(const QString& text);
    void stopRequested();
    void textChanged();
    void editCancelled();

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void retranslate();
    void refreshButton();
    void submit();

    ComposerField* m_field;
    QWidget* m_editRow;
    Label* m_editLabel;
    Button* m_cancelEdit;
    Label* m_hint;
    Meter* m_meter;
    IconButton* m_button;
    bool m_replying = false;
};

} // namespace hearth::ui
